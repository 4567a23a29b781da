// Two versions of the metadata, or a document of one's own against what is served.
import { getRouteApi } from '@tanstack/react-router';
import { useDeferredValue, useState } from 'react';
import type { MetadataVersion } from '../../api/api';
import { useAsk } from '../../api/ask';
import { ago } from '../../kit/ago';
import { ErrorPanel } from '../../kit/ErrorPanel';
import { Select } from '../../kit/Select';
import { Skeleton } from '../../kit/Spinner';
import { TextArea } from '../../kit/TextField';
import { Comparison } from './Comparison';
import { sourceOf, useHistory } from './history';
import style from './metadata.module.css';

const route = getRouteApi('/metadata/$tab');

const CURRENT = 'current';
const DOCUMENT = 'document';

export function Diff() {
  const { from, to } = route.useSearch();
  const navigate = route.useNavigate();
  const history = useHistory();
  const [text, setText] = useState('');
  const versions = history.data ?? [];
  const older = from ?? String(versions[1]?.resource_version ?? CURRENT);
  const newer = to ?? CURRENT;
  const isDocument = newer === DOCUMENT;
  const document = useDeferredValue(text);
  const compared = useAsk(
    'compare_metadata',
    {
      from_version: older === CURRENT ? null : Number(older),
      to_version: newer === CURRENT || isDocument ? null : Number(newer),
      ...(isDocument ? { to: document } : {}),
    },
    { enabled: history.isSuccess && (!isDocument || document.trim() !== ''), keepPrevious: true },
  );
  const choose = (search: { from?: string; to?: string }) => void navigate({ search: (old) => ({ ...old, ...search }), replace: true });
  const options = [{ value: CURRENT, label: 'the current metadata' }, ...versions.map((version) => ({ value: String(version.resource_version), label: labelOf(version) }))];
  return (
    <div className={style.stack}>
      <div className={style.pair}>
        <Select label="From" value={older} options={options} onChange={(value) => choose({ from: value })} />
        <Select label="To" value={newer} options={[...options, { value: DOCUMENT, label: 'a document that I paste' }]} onChange={(value) => choose({ to: value })} />
      </div>
      {isDocument && <TextArea label="Document" hint="JSON or YAML, of Conjoin or of Hasura v2." isCode rows={10} value={text} onChange={setText} />}
      {history.error && <ErrorPanel title="Could not read the history" error={history.error} />}
      {compared.error && <ErrorPanel title="Could not compare" error={compared.error} />}
      {compared.data ? (
        <Comparison compared={compared.data} fromLabel={nameOf(older)} toLabel={nameOf(newer)} />
      ) : (
        compared.isFetching && <Skeleton lines={4} />
      )}
    </div>
  );
}

function labelOf(version: MetadataVersion): string {
  return `version ${version.resource_version}, ${ago(version.at)} by ${sourceOf(version)}`;
}

function nameOf(choice: string): string {
  if (choice === CURRENT) return 'the current metadata';
  return choice === DOCUMENT ? 'the document' : `version ${choice}`;
}
