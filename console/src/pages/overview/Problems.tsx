// What is wrong, each with the way to mend it.
import { useState } from 'react';
import type { Overview, ProblemRow } from '../../api/api';
import { Badge } from '../../kit/Badge';
import { Button, ButtonLink } from '../../kit/Button';
import { Card } from '../../kit/Card';
import { ReloadDialog } from '../schemas/ReloadDialog';
import style from './Problems.module.css';

const FIRST = 6;

export function Problems({ overview: { problems, remote_schemas } }: { overview: Overview }) {
  const [reloading, setReloading] = useState<string | null>(null);
  if (problems.length === 0) return null;
  return (
    <Card
      title={`Problems (${problems.length})`}
      actions={
        <ButtonLink kind="quiet" size="small" to="/metadata/$tab" params={{ tab: 'status' }}>
          All problems
        </ButtonLink>
      }
      isFlush
    >
      <ul className={style.list}>
        {problems.slice(0, FIRST).map((problem, index) => {
          const failure = problem.kind === 'remote_schema' ? remote_schemas.find(({ name }) => name === problem.remote_schema)?.failure : null;
          return (
            <li key={index}>
              <div className={style.text}>
                <p>
                  <Badge tone={problem.severity === 'inconsistent' ? 'bad' : 'warn'}>{problem.severity}</Badge> <strong>{problem.title}</strong>
                </p>
                <p className={style.reason}>{failure?.message ?? problem.reason}</p>
                {failure?.help && <p className={style.help}>{failure.help}</p>}
              </div>
              <Actions problem={problem} onReload={setReloading} />
            </li>
          );
        })}
      </ul>
      {reloading !== null && <ReloadDialog names={[reloading]} onClose={() => setReloading(null)} />}
    </Card>
  );
}

function Actions({ problem: { remote_schema, type_name, relationship, role, kind }, onReload }: { problem: ProblemRow; onReload: (name: string) => void }) {
  if (remote_schema === null) {
    return (
      <ButtonLink size="small" to="/metadata/$tab" params={{ tab: 'status' }}>
        Look at it
      </ButtonLink>
    );
  }
  return (
    <div className={style.actions}>
      {kind === 'remote_schema' && (
        <Button size="small" onClick={() => onReload(remote_schema)}>
          Retry
        </Button>
      )}
      {type_name !== null && relationship !== null ? (
        <ButtonLink size="small" to="/schemas/$name/relationships/$type/$rel" params={{ name: remote_schema, type: type_name, rel: relationship }}>
          Edit
        </ButtonLink>
      ) : role !== null ? (
        <ButtonLink size="small" to="/permissions/$role/$schema" params={{ role, schema: remote_schema }}>
          Edit
        </ButtonLink>
      ) : (
        <ButtonLink size="small" to="/schemas/$name/settings" params={{ name: remote_schema }}>
          Edit
        </ButtonLink>
      )}
    </div>
  );
}
