// Asking remotes again, as one change: what they changed, what that breaks, and nothing at all when one of them does not answer.
import { useEffect } from 'react';
import { useCommand } from '../../api/ask';
import { Button } from '../../kit/Button';
import { Dialog } from '../../kit/Dialog';
import { ErrorPanel } from '../../kit/ErrorPanel';
import { Spinner } from '../../kit/Spinner';
import { ChangeReportView } from './ChangeReportView';
import type { ChangeReport } from './schemaChange';

interface ReloadDialogProps {
  /** The remotes that are asked; null for all. */
  names: string[] | null;
  onClose: () => void;
}

/** Put it on the page while remotes are to be reloaded; it begins at once. */
export function ReloadDialog({ names, onClose }: ReloadDialogProps) {
  const { mutate, reset, data, error, isPending } = useCommand<ChangeReport>();
  const reload = (isForced: boolean) =>
    mutate({ type: 'reload_remote_schemas', args: { ...(names && { names }), ...(isForced && { allow_inconsistent_metadata: true }) } });
  useEffect(() => {
    reload(false);
    return reset;
    // Once for each time it is opened.
  }, []);
  const what = names === null ? 'all remote schemas' : names.join(', ');
  return (
    <Dialog
      isOpen
      onClose={onClose}
      size="wide"
      title={`Reload ${what}`}
      description={names === null ? 'All are asked at once, and what they answer is served as one change.' : undefined}
      actions={
        <>
          {error && (
            <>
              <Button isBusy={isPending} onClick={() => reload(true)}>
                Serve what answers, whatever breaks
              </Button>
              <Button isBusy={isPending} onClick={() => reload(false)}>
                Try again
              </Button>
            </>
          )}
          <Button kind="primary" onClick={onClose}>
            Close
          </Button>
        </>
      }
    >
      <div aria-live="polite">
        {isPending && <Spinner label={`Asking ${what}`} />}
        {data && <ChangeReportView report={data} isDone />}
        {error && (
          <ErrorPanel
            title="Nothing was changed"
            error={error}
            help="What was served before is still served. Mend what is named here and try again, or serve what answers and accept what becomes inconsistent."
          />
        )}
      </div>
    </Dialog>
  );
}
