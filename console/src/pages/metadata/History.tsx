// The versions of the metadata: who made them, what changed, and the way back.
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { MetadataVersion } from '../../api/api';
import { useAsk, useCommand } from '../../api/ask';
import { Button, ButtonLink } from '../../kit/Button';
import { DataTable } from '../../kit/DataTable';
import { Dialog } from '../../kit/Dialog';
import { EmptyState } from '../../kit/EmptyState';
import { ago } from '../../kit/ago';
import { ErrorPanel } from '../../kit/ErrorPanel';
import { Skeleton } from '../../kit/Spinner';
import { Comparison } from './Comparison';
import { sourceOf, useHistory } from './history';
import style from './metadata.module.css';

export function History() {
  const history = useHistory();
  const [restored, setRestored] = useState<MetadataVersion | null>(null);
  if (history.error) return <ErrorPanel title="Could not read the history" error={history.error} />;
  if (!history.data) return <Skeleton lines={6} />;
  const [current] = history.data;
  if (!current) return <EmptyState title="Nothing has changed yet">Every change of the metadata will be listed here, with a way back.</EmptyState>;
  return (
    <div className={style.stack}>
      <DataTable caption="Versions of the metadata">
        <thead>
          <tr>
            <th scope="col">Version</th>
            <th scope="col">When</th>
            <th scope="col">By</th>
            <th scope="col">Command</th>
            <th scope="col">Actions</th>
          </tr>
        </thead>
        <tbody>
          {history.data.map((version) => {
            const number = String(version.resource_version);
            const isCurrent = version === current;
            return (
              <tr key={number}>
                <th scope="row">
                  {number}
                  {isCurrent && ' (current)'}
                </th>
                <td>
                  <time dateTime={version.at} title={version.at}>
                    {ago(version.at)}
                  </time>
                </td>
                <td>{sourceOf(version)}</td>
                <td>
                  <code>{version.command}</code>
                </td>
                <td className={style.actions}>
                  <ButtonLink size="small" kind="quiet" to="/metadata/$tab" params={{ tab: 'diff' }} search={{ from: String(version.resource_version - 1), to: number }}>
                    What changed<span className={style.hidden}> in version {number}</span>
                  </ButtonLink>
                  {!isCurrent && (
                    <Button size="small" kind="quiet" onClick={() => setRestored(version)}>
                      Restore<span className={style.hidden}> version {number}</span>
                    </Button>
                  )}
                </td>
              </tr>
            );
          })}
        </tbody>
      </DataTable>
      {restored && <Restore version={restored} current={current} onClose={() => setRestored(null)} />}
    </div>
  );
}

/** Shows what going back would change, and goes back. */
function Restore({ version, current, onClose }: { version: MetadataVersion; current: MetadataVersion; onClose: () => void }) {
  const compared = useAsk('compare_metadata', { to_version: version.resource_version });
  const rollBack = useCommand();
  const breaks = (compared.data?.new_problems.length ?? 0) > 0;
  const go = useMutation({
    mutationFn: () =>
      rollBack.mutateAsync({
        type: 'rollback_metadata',
        args: { resource_version: version.resource_version, allow_inconsistent_metadata: breaks },
        resource_version: compared.data?.resource_version ?? current.resource_version,
      }),
    onSuccess: onClose,
  });
  return (
    <Dialog
      isOpen
      onClose={onClose}
      size="wide"
      title={`Restore version ${version.resource_version}`}
      description="The metadata becomes what it was then, as a new version. Nothing is lost: you can come back the same way."
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind={breaks ? 'danger' : 'primary'} isBusy={go.isPending} onClick={() => go.mutate()}>
            {breaks ? 'Restore it all the same' : 'Restore'}
          </Button>
        </>
      }
    >
      {go.error && <ErrorPanel title="Could not restore" error={go.error} />}
      {compared.error && <ErrorPanel title="Could not compare" error={compared.error} />}
      {compared.data ? <Comparison compared={compared.data} fromLabel="the current metadata" toLabel={`version ${version.resource_version}`} /> : <Skeleton lines={4} />}
    </Dialog>
  );
}
