// The map as a table.
import type { RelationshipRow } from '../../api/api';
import { Card } from '../../kit/Card';
import { DataTable } from '../../kit/DataTable';
import { RemoteHealth, HealthPill } from '../../kit/HealthPill';
import { RemoteChip } from '../../kit/RemoteChip';
import { MappingList } from '../relationships/MappingList';
import { EditLink } from './EditLink';
import { idOf, isHidden, type GraphModel } from './graphModel';
import style from './Graph.module.css';

export function GraphList({ model, role }: { model: GraphModel; role: string | null }) {
  return (
    <div className={style.tables}>
      <Card title="Remote schemas" isFlush>
        <DataTable caption="Remote schemas">
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">Health</th>
              <th scope="col">Joined types</th>
              <th scope="col" data-number>
                Out
              </th>
              <th scope="col" data-number>
                In
              </th>
              {role !== null && <th scope="col">As {role}</th>}
            </tr>
          </thead>
          <tbody>
            {model.nodes.map(({ remote, types, isFaded }) => (
              <tr key={remote.name}>
                <th scope="row">
                  <RemoteChip name={remote.name} />
                </th>
                <td>
                  <RemoteHealth health={remote.health} />
                </td>
                <td>{types.length === 0 ? 'none' : types.map(({ name }) => name).join(', ')}</td>
                <td data-number>{remote.n_relationships_out}</td>
                <td data-number>{remote.n_relationships_in}</td>
                {role !== null && <td>{isFaded ? 'hidden' : 'visible'}</td>}
              </tr>
            ))}
          </tbody>
        </DataTable>
      </Card>
      <Card title="Relationships" isFlush>
        <DataTable caption="Relationships">
          <thead>
            <tr>
              <th scope="col">From</th>
              <th scope="col">Field</th>
              <th scope="col">To</th>
              <th scope="col">Mapping</th>
              <th scope="col">Batch</th>
              <th scope="col">Health</th>
              {role !== null && <th scope="col">As {role}</th>}
              <th scope="col">
                <span className={style.hidden}>Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {model.relationships.map((row) => (
              <Row key={idOf(row)} row={row} role={role} />
            ))}
          </tbody>
        </DataTable>
      </Card>
    </div>
  );
}

function Row({ row, role }: { row: RelationshipRow; role: string | null }) {
  const { remote_schema, type_name, name, target, mapping, batch, problem } = row;
  return (
    <tr>
      <td>
        <RemoteChip name={remote_schema} />
      </td>
      <th scope="row">
        <code>
          {type_name}.{name}
        </code>
      </th>
      <td>
        {target ? (
          <span className={style.target}>
            <RemoteChip name={target.remote_schema} /> <code>{target.path.join('.')}</code>
          </span>
        ) : (
          'a database'
        )}
      </td>
      <td>
        <MappingList mapping={mapping} />
      </td>
      <td>{batch}</td>
      <td>
        <HealthPill state={problem ? 'bad' : 'ok'} label={problem ? 'not served' : 'ok'} />
      </td>
      {role !== null && <td>{isHidden(row, role) ? 'hidden' : 'visible'}</td>}
      <td data-actions>
        <EditLink row={row} />
      </td>
    </tr>
  );
}
