import type { RelationshipRow } from '../../api/api';
import { ButtonLink } from '../../kit/Button';

export function EditLink({ row: { remote_schema, type_name, name } }: { row: RelationshipRow }) {
  const params = { name: remote_schema, type: type_name, rel: name };
  return (
    <ButtonLink size="small" to="/schemas/$name/relationships/$type/$rel" params={params} aria-label={`Edit ${type_name}.${name}`}>
      Edit
    </ButtonLink>
  );
}
