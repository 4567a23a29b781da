// Why something was not saved. When somebody else was faster it says who, and what was typed stays.
import { useQuery } from '@tanstack/react-query';
import type { MetadataHistory } from '../../api/api';
import { GatewayError, command } from '../../api/client';
import { Button } from '../../kit/Button';
import { ErrorPanel } from '../../kit/ErrorPanel';
import { ago } from '../../kit/ago';

interface WriteFailureProps {
  title: string;
  error: unknown;
  /** Saves against what is there now. */
  onSaveAnyway?: () => void;
  /** Throws away what was typed and takes what is there. */
  onReload?: () => void;
}

export function WriteFailure({ title, error, onSaveAnyway, onReload }: WriteFailureProps) {
  const isConflict = error instanceof GatewayError && error.code === 'conflict';
  const { data } = useQuery({
    queryKey: ['ask', 'get_metadata_history', { limit: 1 }],
    queryFn: () => command<MetadataHistory>('get_metadata_history', { limit: 1 }),
    enabled: isConflict,
  });
  if (!isConflict) return <ErrorPanel title={title} error={error} />;
  const last = data?.history[0];
  return (
    <ErrorPanel
      title={title}
      error={error}
      help={
        <>
          {last ? `The metadata was changed ${ago(last.at)} (${last.command}, by ${WHO[last.source] ?? last.source}). ` : ''}
          What you typed is still here. Save it over what is there now, or discard it and look at the new state.
        </>
      }
      actions={
        <>
          {onSaveAnyway && <Button onClick={onSaveAnyway}>Save mine</Button>}
          {onReload && <Button kind="quiet" onClick={onReload}>Discard mine</Button>}
        </>
      }
    />
  );
}

const WHO: Record<string, string> = { console: 'somebody in a console', cli: 'the command line', gateway: 'the gateway itself', api: 'a client of the API' };
