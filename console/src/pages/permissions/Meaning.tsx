// What a permission means: flaws, how much it grants, what it changes, what stays hidden and why.
import type { PermissionCheck } from '../../api/api';
import { HealthPill } from '../../kit/HealthPill';
import style from './permissions.module.css';

/** More than anybody reads. */
const MOST = 50;

export function Meaning({ check, role, isStale }: { check: PermissionCheck; role: string; isStale: boolean }) {
  const { ok, flaws, granted, total, hidden, hidden_relationships, undecided, changes } = check;
  return (
    <div className={style.stack} aria-live="polite" aria-busy={isStale}>
      <div className={style.row}>
        <HealthPill state={ok ? 'ok' : 'bad'} label={ok ? 'it holds' : `${flaws.length} ${flaws.length === 1 ? 'flaw' : 'flaws'}`} />
        <span>
          {granted} of {total} fields
        </span>
      </div>
      {flaws.length > 0 && (
        <ul className={style.plain} aria-label="Flaws">
          {flaws.map(({ code, message, place, line }) => (
            <li key={`${place}${line}${message}`} className={style.flaw}>
              {message}{' '}
              <span className={style.quiet}>
                <code>{code}</code>
                {line !== null && ` in line ${line}`}
              </span>
            </li>
          ))}
        </ul>
      )}
      <Section title="Changes against what is saved" n={changes.length}>
        {changes.slice(0, MOST).map(({ place, is_gained }) => (
          <li key={place}>
            <span className={is_gained ? style.gained : style.lost}>{is_gained ? 'gains' : 'loses'}</span> <code>{place}</code>
          </li>
        ))}
      </Section>
      <Section title={`Relationships that ${role} does not see`} n={hidden_relationships.length}>
        {hidden_relationships.slice(0, MOST).map(({ type_name, name, reason }) => (
          <li key={`${type_name}.${name}`}>
            <code>
              {type_name}.{name}
            </code>
            : {reason}
          </li>
        ))}
      </Section>
      <Section title="Newer than the permission" n={undecided.length}>
        {undecided.slice(0, MOST).map((place) => (
          <li key={place}>
            <code>{place}</code>
          </li>
        ))}
      </Section>
      <Section title="Hidden" n={hidden.length}>
        {hidden.slice(0, MOST).map(({ place, reason }) => (
          <li key={`${place}${reason}`}>
            <code>{place}</code>: {reason}
          </li>
        ))}
      </Section>
    </div>
  );
}

function Section({ title, n, children }: { title: string; n: number; children: React.ReactNode }) {
  if (n === 0) return null;
  return (
    <details className={style.section}>
      <summary>
        {title} ({n})
      </summary>
      <ul className={style.plain}>{children}</ul>
      {n > MOST && <p className={style.quiet}>and {n - MOST} more</p>}
    </details>
  );
}
