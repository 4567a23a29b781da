// The remote schemas with their health, in short.
import { Link } from '@tanstack/react-router';
import type { RemoteSummary } from '../../api/api';
import { Badge } from '../../kit/Badge';
import { ButtonLink } from '../../kit/Button';
import { Card } from '../../kit/Card';
import { DataTable } from '../../kit/DataTable';
import { RemoteHealth } from '../../kit/HealthPill';
import { RemoteChip } from '../../kit/RemoteChip';
import style from './Overview.module.css';

const FIRST = 12;

export function Remotes({ remotes }: { remotes: RemoteSummary[] }) {
  // What does not do well is what one came to see.
  const sorted = remotes.toSorted((a, b) => Number(a.health === 'healthy') - Number(b.health === 'healthy'));
  return (
    <Card
      title="Remote Schemas"
      isFlush
      actions={
        <ButtonLink kind="quiet" size="small" to="/schemas">
          {remotes.length > FIRST ? `All ${remotes.length}` : 'Manage'}
        </ButtonLink>
      }
    >
      <DataTable caption="Remote schemas and their health">
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Health</th>
            <th scope="col" data-number>
              Types
            </th>
            <th scope="col" data-number>
              Joined
            </th>
          </tr>
        </thead>
        <tbody>
          {sorted.slice(0, FIRST).map(({ name, health, introspection_ms, counts, n_relationships_out, n_relationships_in, has_held_change }) => (
            <tr key={name}>
              <th scope="row">
                <Link to="/schemas/$name/overview" params={{ name }} className={style.name}>
                  <RemoteChip name={name} />
                </Link>
                {has_held_change && <Badge tone="warn">change held</Badge>}
              </th>
              <td>
                <RemoteHealth health={health} detail={introspection_ms === null ? undefined : `${Math.round(introspection_ms)} ms`} />
              </td>
              <td data-number>{counts?.types.toLocaleString('en') ?? '–'}</td>
              <td data-number>{n_relationships_out + n_relationships_in}</td>
            </tr>
          ))}
        </tbody>
      </DataTable>
    </Card>
  );
}
