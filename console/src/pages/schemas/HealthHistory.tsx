// How a remote schema did: since when it does as it does, and what was before.
import type { HealthChange } from '../../api/api';
import { useAsk } from '../../api/ask';
import { ago } from '../../kit/ago';
import { RemoteHealth } from '../../kit/HealthPill';
import style from './HealthHistory.module.css';

/** How many are shown at once. */
const SHOWN = 5;

export function HealthHistory({ name }: { name: string }) {
  const { data } = useAsk('get_remote_schema_health', { remote_schema: name });
  const changes = data?.changes ?? [];
  // The health that it began with is above already.
  if (changes.length < 2) return null;
  const older = changes.slice(SHOWN);
  return (
    <section className={style.history} aria-labelledby="health-history">
      <h3 id="health-history">Since the gateway started</h3>
      <Changes changes={changes.slice(0, SHOWN)} />
      {older.length > 0 && (
        <details>
          <summary>{older.length} before these</summary>
          <Changes changes={older} />
        </details>
      )}
    </section>
  );
}

function Changes({ changes }: { changes: HealthChange[] }) {
  return (
    <ol>
      {changes.map(({ at, health, failure }, index) => (
        <li key={`${at} ${index}`}>
          <time dateTime={at} title={at}>
            {ago(at)}
          </time>
          <div>
            <RemoteHealth health={health} />
            {failure && <p>{failure.message}</p>}
          </div>
        </li>
      ))}
    </ol>
  );
}
