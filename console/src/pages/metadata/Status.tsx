// What is wrong, the worst first: each with its cause, and with what can be done about it.
import { CircleCheck } from 'lucide-react';
import { useState } from 'react';
import type { ProblemRow, ProblemSeverity } from '../../api/api';
import { useAsk, useCommand } from '../../api/ask';
import { Button, ButtonLink } from '../../kit/Button';
import { Dialog } from '../../kit/Dialog';
import { EmptyState } from '../../kit/EmptyState';
import { ErrorPanel } from '../../kit/ErrorPanel';
import { HealthPill, type HealthState } from '../../kit/HealthPill';
import { RemoteChip } from '../../kit/RemoteChip';
import { Skeleton } from '../../kit/Spinner';
import style from './metadata.module.css';
import { type Removal, removalOf } from './removal';

const SEVERITIES: Record<ProblemSeverity, { state: HealthState; label: string }> = {
  inconsistent: { state: 'bad', label: 'not served' },
  ambiguous: { state: 'warn', label: 'ambiguous' },
  stale: { state: 'warn', label: 'stale' },
  warning: { state: 'none', label: 'warning' },
};

export function Status() {
  const overview = useAsk('get_overview', {});
  const reload = useCommand();
  const [isRemovingAll, setRemovingAll] = useState(false);
  if (overview.error) return <ErrorPanel title="Could not read the status" error={overview.error} />;
  if (!overview.data) return <Skeleton lines={5} />;
  const { problems, resource_version, remote_schemas } = overview.data;
  const reloadAll = (
    <Button isBusy={reload.isPending} onClick={() => reload.mutate({ type: 'reload_remote_schemas', args: { allow_inconsistent_metadata: true } })}>
      Reload all remote schemas
    </Button>
  );
  const lost = problems.filter(({ severity }) => severity === 'inconsistent');
  return (
    <div className={style.stack}>
      {reload.error && <ErrorPanel title="Could not reload" error={reload.error} />}
      {problems.length === 0 ? (
        <EmptyState icon={<CircleCheck />} title="Everything is served" actions={remote_schemas.length > 0 && reloadAll}>
          Version {resource_version} of the metadata has no problems.
        </EmptyState>
      ) : (
        <>
          <div className={style.row}>
            {reloadAll}
            {lost.length > 0 && (
              <Button kind="danger" onClick={() => setRemovingAll(true)}>
                Remove all that is not served
              </Button>
            )}
          </div>
          <ul className={style.problems} aria-label="Problems">
            {problems.map((problem) => (
              <Problem key={`${problem.kind} ${problem.title} ${problem.reason}`} problem={problem} />
            ))}
          </ul>
        </>
      )}
      {isRemovingAll && <RemoveAll problems={lost} resourceVersion={resource_version} onClose={() => setRemovingAll(false)} />}
    </div>
  );
}

function Problem({ problem }: { problem: ProblemRow }) {
  const { title, severity, code, reason, detail, remote_schema, type_name, relationship, role } = problem;
  const reload = useCommand();
  const [isRemoving, setRemoving] = useState(false);
  const removal = removalOf(problem);
  const isAboutRemote = remote_schema !== null && relationship === null && role === null;
  return (
    <li className={style.problem}>
      <div className={style.row}>
        <HealthPill {...SEVERITIES[severity]} />
        <strong>{title}</strong>
        {remote_schema !== null && <RemoteChip name={remote_schema} />}
      </div>
      <p className={style.reason}>{reason}</p>
      {detail !== null && <p className={style.detail}>{typeof detail === 'string' ? detail : JSON.stringify(detail)}</p>}
      <p>
        <code>{code}</code>
      </p>
      {reload.error && <ErrorPanel title="Could not reload" error={reload.error} />}
      <div className={style.row}>
        {isAboutRemote && (
          <>
            <Button size="small" isBusy={reload.isPending} onClick={() => reload.mutate({ type: 'reload_remote_schema', args: { name: remote_schema } })}>
              Reload<span className={style.hidden}> {title}</span>
            </Button>
            <ButtonLink size="small" to="/schemas/$name/settings" params={{ name: remote_schema }}>
              Edit<span className={style.hidden}> {title}</span>
            </ButtonLink>
          </>
        )}
        {remote_schema !== null && type_name !== null && relationship !== null && (
          <ButtonLink size="small" to="/schemas/$name/relationships/$type/$rel" params={{ name: remote_schema, type: type_name, rel: relationship }}>
            Edit<span className={style.hidden}> {title}</span>
          </ButtonLink>
        )}
        {remote_schema !== null && role !== null && (
          <ButtonLink size="small" to="/permissions/$role/$schema" params={{ role, schema: remote_schema }}>
            Edit<span className={style.hidden}> {title}</span>
          </ButtonLink>
        )}
        {removal && (
          <Button size="small" kind="quiet" onClick={() => setRemoving(true)}>
            Remove…<span className={style.hidden}> {title}</span>
          </Button>
        )}
      </div>
      {removal && isRemoving && <Remove removal={removal} title={title} onClose={() => setRemoving(false)} />}
    </li>
  );
}

function Remove({ removal, title, onClose }: { removal: Removal; title: string; onClose: () => void }) {
  const remove = useCommand();
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={`Remove ${title}?`}
      description={removal.consequence}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="danger" isBusy={remove.isPending} onClick={() => remove.mutate(removal.command, { onSuccess: onClose })}>
            Remove
          </Button>
        </>
      }
    >
      {remove.error && <ErrorPanel title="Could not remove it" error={remove.error} />}
    </Dialog>
  );
}

function RemoveAll({ problems, resourceVersion, onClose }: { problems: ProblemRow[]; resourceVersion: number; onClose: () => void }) {
  const remove = useCommand();
  const go = () =>
    remove.mutate({ type: 'drop_inconsistent_metadata', args: {}, resource_version: resourceVersion }, { onSuccess: onClose });
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title="Remove all that is not served?"
      description="These go, and what depends on them. The history keeps the metadata as it is now, so you can come back."
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="danger" isBusy={remove.isPending} onClick={go}>
            Remove all
          </Button>
        </>
      }
    >
      {remove.error && <ErrorPanel title="Could not remove them" error={remove.error} />}
      <ul className={style.plain}>
        {problems.map(({ title, reason }) => (
          <li key={title + reason}>
            <strong>{title}</strong>: {reason}
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
