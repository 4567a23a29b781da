import { getRouteApi } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import type { RelationshipRow } from '../../api/api';
import { useAsk } from '../../api/ask';
import { ButtonLink } from '../../kit/Button';
import { EmptyState } from '../../kit/EmptyState';
import { ErrorPanel, FailurePanel } from '../../kit/ErrorPanel';
import { PageHeader } from '../../kit/PageHeader';
import { RemoteChip } from '../../kit/RemoteChip';
import { Skeleton } from '../../kit/Spinner';
import { formOf } from './mapping';
import { RelationshipBuilder } from './RelationshipBuilder';

const route = getRouteApi('/schemas/$name/relationships/$type/$rel');

export function EditRelationship() {
  const { name, type, rel } = route.useParams();
  return (
    <>
      <PageHeader
        title={`${type}.${rel}`}
        badge={<RemoteChip name={name} />}
        crumbs={[
          { label: name, to: '/schemas/$name/overview', params: { name } },
          { label: 'Relationships', to: '/schemas/$name/relationships', params: { name } },
        ]}
      />
      <Editor key={`${name} ${type} ${rel}`} remoteSchema={name} typeName={type} name={rel} />
    </>
  );
}

function Editor({ remoteSchema, typeName, name }: { remoteSchema: string; typeName: string; name: string }) {
  const { data, error } = useAsk('list_relationships', { remote_schema: remoteSchema });
  const row = data?.relationships.find((row) => row.type_name === typeName && row.name === name);
  // What is edited stays although the relationship is changed, renamed or removed by somebody else meanwhile.
  const [opened, setOpened] = useState<RelationshipRow | null>(null);
  if (opened === null && row) setOpened(row);
  // Without an answer nothing is known to have changed.
  if (opened) return <Opened row={opened} current={data ? (row ?? null) : opened} />;
  if (error) return <ErrorPanel title="The relationship could not be read" error={error} />;
  if (!data) return <Skeleton lines={8} />;
  return (
    <EmptyState
      title={`${typeName} has no relationship ${name}`}
      actions={
        <ButtonLink to="/schemas/$name/relationships" params={{ name: remoteSchema }}>
          Go to the relationships of {remoteSchema}
        </ButtonLink>
      }
    >
      It may have been renamed or removed.
    </EmptyState>
  );
}

function Opened({ row, current }: { row: RelationshipRow; current: RelationshipRow | null }) {
  const { remote_schema, type_name, name, problem } = row;
  const [form] = useState(() => formOf(row));
  const saved = useMemo(() => current && formOf(current), [current]);
  if (typeof form === 'string') return <FailurePanel title="This relationship cannot be edited here" code="not-supported" message={form} help="Edit it in the metadata directory." />;
  return (
    <>
      {problem && <FailurePanel title="This relationship is not served" code={problem.code} message={problem.reason} />}
      <RelationshipBuilder
        remoteSchema={remote_schema}
        initial={form}
        replaced={current && { type_name, name }}
        // What cannot be shown in the form is left as it was opened: saving says what is wrong.
        saved={typeof saved === 'string' ? form : saved}
      />
    </>
  );
}
