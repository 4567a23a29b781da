// The types of a remote schema: thousands of them at the left, one of them at the right. The address says which.
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useAsk } from '../../api/ask';
import { ErrorPanel } from '../../kit/ErrorPanel';
import { Skeleton } from '../../kit/Spinner';
import { TextField } from '../../kit/TextField';
import { SchemaType } from './SchemaType';
import { TypeListBox } from './TypeListBox';
import style from './SchemaBrowser.module.css';

const route = getRouteApi('/schemas/$name/schema');

const PAUSE = 150;

export function SchemaBrowser() {
  const { name } = route.useParams();
  const { type, search = '' } = route.useSearch();
  const navigate = useNavigate();
  const [text, setText] = useState(search);
  const go = (next: { type?: string; search?: string }, replace: boolean) => void navigate({ to: '/schemas/$name/schema', params: { name }, search: next, replace });

  useEffect(() => {
    if (text === search) return;
    const timer = setTimeout(() => go({ type, search: text || undefined }, true), PAUSE);
    return () => clearTimeout(timer);
  }, [text]);

  // Asked for its roots: with nothing chosen, queries are what one came for.
  const { data: roots, error, isPending } = useAsk('list_remote_schema_types', { remote_schema: name, limit: 1 });
  if (error) return <ErrorPanel title="Its types are not known" error={error} help="While a remote has never answered, nothing is known of it. Mend it on the overview or in the settings." />;
  if (isPending) return <Skeleton lines={8} />;
  const shown = type ?? roots.query_root;
  const select = (type: string) => go({ type, search: search || undefined }, false);
  return (
    <div className={style.browser}>
      <div className={style.side}>
        <TextField label="Search types and fields" type="search" value={text} onChange={setText} placeholder="Types and fields" />
        <TypeListBox remote={name} search={search} selected={shown} onSelect={select} />
      </div>
      <SchemaType remote={name} name={shown} isRoot={[roots.query_root, roots.mutation_root, roots.subscription_root].includes(shown)} />
    </div>
  );
}
