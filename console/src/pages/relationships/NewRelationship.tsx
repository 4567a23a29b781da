import { getRouteApi } from '@tanstack/react-router';
import { useAsk } from '../../api/ask';
import { ErrorPanel, FailurePanel } from '../../kit/ErrorPanel';
import { PageHeader } from '../../kit/PageHeader';
import { RemoteChip } from '../../kit/RemoteChip';
import { Skeleton } from '../../kit/Spinner';
import { EMPTY_FORM, formOf, type RelationshipForm } from './mapping';
import { RelationshipBuilder } from './RelationshipBuilder';

const route = getRouteApi('/schemas/$name/relationships/new');

export function NewRelationship() {
  const { name } = route.useParams();
  const { type = '', target = '', field, suggestion } = route.useSearch();
  const given: RelationshipForm = {
    ...EMPTY_FORM,
    typeName: type,
    target,
    path: target && field ? [{ field, fillings: {}, unknown: {} }] : [],
  };
  return (
    <>
      <PageHeader
        title="New relationship"
        badge={<RemoteChip name={name} />}
        crumbs={[
          { label: name, to: '/schemas/$name/overview', params: { name } },
          { label: 'Relationships', to: '/schemas/$name/relationships', params: { name } },
        ]}
      />
      {suggestion ? (
        <Suggested key={suggestion} remoteSchema={name} id={suggestion} />
      ) : (
        <RelationshipBuilder key={`${name} ${type} ${target} ${field}`} remoteSchema={name} initial={given} replaced={null} saved={null} />
      )}
    </>
  );
}

/** Suggestions that are unlikely are in the address bar of somebody, too. */
const ALL = { min_score: 0, limit: 10_000 };

function Suggested({ remoteSchema, id }: { remoteSchema: string; id: string }) {
  const { data, error } = useAsk('suggest_relationships', { remote_schema: remoteSchema, ...ALL });
  if (error) return <ErrorPanel title="The suggestion could not be read" error={error} />;
  if (!data) return <Skeleton lines={8} />;
  const found = data.suggestions.find((suggestion) => suggestion.id === id);
  const form = found ? formOf({ type_name: found.type_name, name: found.name, definition: found.definition }) : 'no such suggestion';
  if (typeof form !== 'string') return <RelationshipBuilder remoteSchema={remoteSchema} initial={form} replaced={null} saved={null} />;
  return (
    <>
      <FailurePanel
        title="This suggestion is not made any more"
        code="not-exists"
        message="There is such a relationship by now, or one of the schemas has changed."
        help="Fill in the form yourself, or look at the other suggestions."
      />
      <RelationshipBuilder remoteSchema={remoteSchema} initial={EMPTY_FORM} replaced={null} saved={null} />
    </>
  );
}
