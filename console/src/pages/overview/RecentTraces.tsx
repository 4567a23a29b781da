// The last operations, with what they cost.
import { Link } from '@tanstack/react-router';
import { useAsk } from '../../api/ask';
import type { TraceOutcome } from '../../api/api';
import { ButtonLink } from '../../kit/Button';
import { Card } from '../../kit/Card';
import { ErrorPanel } from '../../kit/ErrorPanel';
import { HealthPill, type HealthState } from '../../kit/HealthPill';
import { Skeleton } from '../../kit/Spinner';
import style from './Overview.module.css';

const FIRST = 5;

const STATES: Record<TraceOutcome, HealthState> = { ok: 'ok', partial: 'warn', error: 'bad' };

export function RecentTraces() {
  const { data, error } = useAsk('get_traces', { limit: FIRST });
  return (
    <Card
      title="Recent traces"
      isFlush
      actions={
        <ButtonLink kind="quiet" size="small" to="/traces">
          All traces
        </ButtonLink>
      }
    >
      {error && <ErrorPanel title="The traces could not be read" error={error} />}
      {!data && !error && <Skeleton lines={3} />}
      {data?.traces.length === 0 && (
        <p className={style.note}>
          {data.capacity === 0 ? 'Traces are switched off.' : 'No operation was executed yet.'} {data.capacity > 0 && <Link to="/api">Run one.</Link>}
        </p>
      )}
      <ul className={style.list}>
        {data?.traces.map(({ id, operation, kind, outcome, dur_ns, n_requests }) => (
          <li key={id}>
            <Link to="/traces/$id" params={{ id: String(id) }} className={style.text}>
              <code>{operation ?? `unnamed ${kind}`}</code>
            </Link>
            <HealthPill state={STATES[outcome]} label={outcome} />
            <span className={style.number}>{(dur_ns / 1e6).toFixed(dur_ns < 1e7 ? 1 : 0)} ms</span>
            <span className={style.number}>
              {n_requests} {n_requests === 1 ? 'request' : 'requests'}
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}
