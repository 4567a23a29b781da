// The permissions of one remote schema: a tab of its page.
import { Link, getRouteApi } from '@tanstack/react-router';
import { useAsk } from '../../api/ask';
import { DataTable } from '../../kit/DataTable';
import { EmptyState } from '../../kit/EmptyState';
import { ErrorPanel } from '../../kit/ErrorPanel';
import { Skeleton } from '../../kit/Spinner';
import { wordsOf } from './PermissionMatrix';

const route = getRouteApi('/schemas/$name');

export function SchemaPermissions() {
  const { name } = route.useParams();
  const matrix = useAsk('get_permissions', {});
  if (matrix.error) return <ErrorPanel title="Could not read the permissions" error={matrix.error} />;
  if (!matrix.data) return <Skeleton lines={4} />;
  const column = matrix.data.remote_schemas.indexOf(name);
  const rows = matrix.data.roles.flatMap(({ name: role, cells }) => {
    const cell = cells[column];
    return cell ? [{ role, cell }] : [];
  });
  if (rows.length === 0) {
    return (
      <EmptyState title="No role has a permission yet">
        Only admin sees {name}. <Link to="/permissions">Add a permission</Link>
      </EmptyState>
    );
  }
  return (
    <DataTable caption={`Permissions on ${name}`}>
      <thead>
        <tr>
          <th scope="col">Role</th>
          <th scope="col">Sees</th>
          <th scope="col">Fields</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ role, cell }) => (
          <tr key={role}>
            <th scope="row">
              <Link to="/permissions/$role/$schema" params={{ role, schema: name }}>
                {role}
              </Link>
            </th>
            <td>{wordsOf(cell)}</td>
            <td>
              {cell.granted} of {cell.total}
            </td>
          </tr>
        ))}
      </tbody>
    </DataTable>
  );
}
