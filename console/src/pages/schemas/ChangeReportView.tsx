// The difference between two schemas of a remote, and what of ours breaks by it.
import { CircleCheck, TriangleAlert } from 'lucide-react';
import { useState } from 'react';
import { Badge } from '../../kit/Badge';
import { Button } from '../../kit/Button';
import { RemoteChip } from '../../kit/RemoteChip';
import { brokenBy, countsOf, type ChangeReport, type RemoteChange } from './schemaChange';
import style from './ChangeReportView.module.css';

const FIRST = 20;

export function ChangeReportView({ report, isDone }: { report: ChangeReport; isDone: boolean }) {
  const changed = report.changes.filter(({ changes }) => changes.length > 0);
  const broken = brokenBy(report);
  return (
    <div className={style.report}>
      {changed.length === 0 && (
        <p className={style.line}>
          <CircleCheck className={style.ok} aria-hidden="true" /> {isDone ? 'Nothing has changed.' : 'Nothing would change.'}
        </p>
      )}
      {changed.map((remote) => (
        <OneRemote key={remote.remote} remote={remote} />
      ))}
      {broken.length > 0 && (
        <div>
          <p className={style.line}>
            <TriangleAlert className={style.bad} aria-hidden="true" />
            {isDone ? `This broke ${things(broken.length)}:` : `This would break ${things(broken.length)}:`}
          </p>
          <ul className={style.list}>
            {broken.map(({ name, reason }) => (
              <li key={name + reason}>
                <strong>{name}</strong>: {reason}
              </li>
            ))}
          </ul>
        </div>
      )}
      {changed.length > 0 && broken.length === 0 && (
        <p className={style.line}>
          <CircleCheck className={style.ok} aria-hidden="true" /> Nothing that is served breaks by it.
        </p>
      )}
    </div>
  );
}

function OneRemote({ remote: { remote, changes } }: { remote: RemoteChange }) {
  const [isWhole, setIsWhole] = useState(false);
  const shown = isWhole ? changes : changes.slice(0, FIRST);
  return (
    <div>
      <p className={style.line}>
        <RemoteChip name={remote} /> {countsOf(changes)}
      </p>
      <ul className={style.list}>
        {shown.map(({ path, description, breaking_graphql }) => (
          <li key={path + description}>
            <code>{path}</code> {description} {breaking_graphql !== 'none' && <Badge tone={breaking_graphql === 'breaking' ? 'bad' : 'warn'}>{breaking_graphql}</Badge>}
          </li>
        ))}
      </ul>
      {changes.length > shown.length && (
        <Button kind="quiet" size="small" onClick={() => setIsWhole(true)}>
          Show all {changes.length}
        </Button>
      )}
    </div>
  );
}

const things = (count: number) => (count === 1 ? 'one thing' : `${count} things`);
