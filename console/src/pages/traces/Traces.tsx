// The last operations. New ones appear by themselves.
import { Link } from '@tanstack/react-router';
import { Activity } from 'lucide-react';
import { useState } from 'react';
import type { TraceSummary } from '../../api/api';
import { useAsk } from '../../api/ask';
import { Button, ButtonLink } from '../../kit/Button';
import { Card } from '../../kit/Card';
import { DataTable } from '../../kit/DataTable';
import { EmptyState } from '../../kit/EmptyState';
import { ErrorPanel } from '../../kit/ErrorPanel';
import { PageHeader } from '../../kit/PageHeader';
import { counted, milliseconds } from '../../kit/plan/plan';
import { RemoteChip } from '../../kit/RemoteChip';
import { Skeleton } from '../../kit/Spinner';
import { Outcome } from './Outcome';
import style from './Traces.module.css';

const AT_FIRST = 50;

export function Traces() {
  const [limit, setLimit] = useState(AT_FIRST);
  const { data, error } = useAsk('get_traces', { limit }, { keepPrevious: true });
  return (
    <>
      <PageHeader title="Traces" description="The last operations that asked a remote schema, with their upstream requests and times." />
      {error && <ErrorPanel title="Traces could not be read" error={error} />}
      {!data && !error && <Skeleton lines={6} />}
      {data?.capacity === 0 && (
        <EmptyState icon={<Activity />} title="No traces are kept">
          The gateway was started to keep none. Start it with <code>--trace-capacity 200</code> (or <code>CONJOIN_TRACE_CAPACITY=200</code>) to keep the last 200 operations in memory.
        </EmptyState>
      )}
      {data && data.capacity > 0 && data.traces.length === 0 && (
        <EmptyState
          icon={<Activity />}
          title="No operation yet"
          actions={
            <ButtonLink kind="primary" to="/api">
              Run a query
            </ButtonLink>
          }
        >
          Operations appear here as soon as they are executed, the last {data.capacity} of them. They are kept in memory and gone after a restart.
        </EmptyState>
      )}
      {data && data.traces.length > 0 && (
        <Card isFlush>
          <DataTable caption={`The last ${counted(data.traces.length, 'operation')}, newest first`}>
            <thead>
              <tr>
                <th scope="col">Operation</th>
                <th scope="col">Outcome</th>
                <th scope="col">Role</th>
                <th scope="col" data-number>Time taken</th>
                <th scope="col" data-number>Upstream requests</th>
                <th scope="col">Remote schemas</th>
                <th scope="col">When</th>
              </tr>
            </thead>
            <tbody>
              {data.traces.map((trace) => (
                <TraceRow key={trace.id} trace={trace} />
              ))}
            </tbody>
          </DataTable>
        </Card>
      )}
      {data && data.traces.length >= limit && limit < data.capacity && (
        <p className={style.more}>
          <Button onClick={() => setLimit(data.capacity)}>Show all that are kept</Button>
        </p>
      )}
    </>
  );
}

function TraceRow({ trace }: { trace: TraceSummary }) {
  return (
    <tr>
      <th scope="row">
        <Link to="/traces/$id" params={{ id: String(trace.id) }} className={style.name}>
          {trace.operation ?? `Unnamed ${trace.kind}`}
        </Link>
      </th>
      <td>
        <Outcome outcome={trace.outcome} />
      </td>
      <td>{trace.role}</td>
      <td data-number>{milliseconds(trace.dur_ns)}</td>
      <td data-number>{trace.n_requests}</td>
      <td>
        <span className={style.remotes}>
          {trace.remote_schemas.map((name) => (
            <RemoteChip key={name} name={name} />
          ))}
        </span>
      </td>
      <td className={style.when}>
        <time dateTime={trace.at}>{timeOf(trace.at)}</time>
      </td>
    </tr>
  );
}

const time = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3, hour12: false });
const dayAndTime = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

function timeOf(at: string): string {
  const date = new Date(at);
  const isToday = date.toDateString() === new Date().toDateString();
  return (isToday ? time : dayAndTime).format(date);
}
