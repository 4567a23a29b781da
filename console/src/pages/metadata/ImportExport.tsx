// The metadata out of the gateway and into it. What an import changes is shown before it is taken, and can be taken back after.
import { Download, Upload } from 'lucide-react';
import { useMutation } from '@tanstack/react-query';
import { useDeferredValue, useRef, useState } from 'react';
import { command, GatewayError } from '../../api/client';
import { useAsk, useCommand } from '../../api/ask';
import { Button } from '../../kit/Button';
import { Card } from '../../kit/Card';
import { ago } from '../../kit/ago';
import { ErrorPanel } from '../../kit/ErrorPanel';
import { Skeleton } from '../../kit/Spinner';
import { TextArea } from '../../kit/TextField';
import { Comparison } from './Comparison';
import { sourceOf, useHistory } from './history';
import style from './metadata.module.css';
import { download } from './download';

export function ImportExport() {
  return (
    <div className={style.stack}>
      <Export />
      <Import />
    </div>
  );
}

function Export() {
  const asJson = useMutation({
    mutationFn: () => command<{ metadata: unknown }>('export_metadata', {}, { version: 2 }),
    onSuccess: ({ metadata }) => download('metadata.json', `${JSON.stringify(metadata, null, 2)}\n`, 'application/json'),
  });
  const current = useAsk('compare_metadata', {});
  return (
    <Card title="Export">
      <div className={style.stack}>
      <p className={style.quiet}>The whole metadata as one file. <code>conjoin metadata export</code> writes the same as a directory, for version control.</p>
      {asJson.error && <ErrorPanel title="Could not export" error={asJson.error} />}
      <div className={style.row}>
        <Button icon={<Download />} isBusy={asJson.isPending} onClick={() => asJson.mutate()}>
          Export as JSON
        </Button>
        <Button icon={<Download />} isBusy={current.isPending} onClick={() => download('metadata.yaml', current.data?.to_yaml ?? '', 'application/yaml')}>
          Export as YAML
        </Button>
      </div>
      </div>
    </Card>
  );
}

function Import() {
  const [text, setText] = useState('');
  const [replaced, setReplaced] = useState<number | null>(null);
  const file = useRef<HTMLInputElement>(null);
  const document = useDeferredValue(text);
  const isThere = document.trim() !== '';
  const compared = useAsk('compare_metadata', { to: document }, { enabled: isThere, keepPrevious: true });
  const replace = useCommand();
  const readable = compared.data?.faults.length === 0 ? compared.data : null;
  const breaks = (readable?.new_problems.length ?? 0) > 0;
  const take = () => {
    if (!readable) return;
    const args = { allow_inconsistent_metadata: true, metadata: readable.metadata };
    replace.mutate(
      { type: 'replace_metadata', version: 2, args, resource_version: readable.resource_version },
      {
        onSuccess: () => {
          setReplaced(readable.resource_version);
          setText('');
        },
      },
    );
  };
  return (
    <Card title="Import">
      <div className={style.stack}>
      <p className={style.quiet}>JSON or YAML, of Conjoin or of Hasura v2. What Conjoin does not serve, such as databases, is kept and listed.</p>
      <div className={style.row}>
        <input
          ref={file}
          type="file"
          accept=".json,.yaml,.yml,application/json"
          aria-label="File with metadata"
          className={style.hidden}
          tabIndex={-1}
          onChange={async (event) => {
            const [chosen] = event.target.files ?? [];
            if (chosen) setText(await chosen.text());
            // So that the same file can be chosen again when it has changed.
            event.target.value = '';
          }}
        />
        <Button icon={<Upload />} onClick={() => file.current?.click()}>
          Choose a file
        </Button>
      </div>
      <TextArea label="Document" isCode rows={8} value={text} onChange={setText} placeholder={'version: 3\nremote_schemas: …'} />
      {replaced !== null && <Undo version={replaced} onDone={() => setReplaced(null)} />}
      {compared.error && isThere && <ErrorPanel title="Could not compare" error={compared.error} />}
      {replace.error && <Refused error={replace.error} />}
      {isThere &&
        (compared.data ? (
          <>
            <Comparison compared={compared.data} fromLabel="the current metadata" toLabel="the document" />
            {readable && (
              <div className={style.row}>
                <Button kind={breaks ? 'danger' : 'primary'} isBusy={replace.isPending} onClick={take}>
                  {breaks ? 'Import it with its problems' : 'Import'}
                </Button>
                <Button onClick={() => setText('')}>Cancel</Button>
              </div>
            )}
          </>
        ) : (
          <Skeleton lines={4} />
        ))}
      </div>
    </Card>
  );
}

/** An import that came too late says who came first. The comparison above is with what is there now, so it can be tried again. */
function Refused({ error }: { error: unknown }) {
  const history = useHistory(1);
  const [last] = history.data ?? [];
  const isLate = error instanceof GatewayError && error.code === 'conflict';
  const help = isLate && last ? `Changed by ${sourceOf(last)} ${ago(last.at)} (${last.command}). The comparison shows the document against that: look at it again, then import.` : undefined;
  return <ErrorPanel title="Could not import" error={error} help={help} />;
}

function Undo({ version, onDone }: { version: number; onDone: () => void }) {
  const undo = useCommand();
  return (
    <div className={style.stack} role="status">
      <div className={style.row}>
        <span>Imported.</span>
        <Button
          size="small"
          isBusy={undo.isPending}
          onClick={() =>
            undo.mutate({ type: 'rollback_metadata', args: { resource_version: version, allow_inconsistent_metadata: true } }, { onSuccess: onDone })
          }
        >
          Undo the import
        </Button>
      </div>
      {undo.error && <ErrorPanel title="Could not undo" error={undo.error} />}
    </div>
  );
}
