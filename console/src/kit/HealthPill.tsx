// How something does: a dot and a word, because a colour alone says nothing to some.
import type { Health } from '../api/api';
import { classes } from './classes';
import style from './HealthPill.module.css';

export type HealthState = 'ok' | 'warn' | 'bad' | 'none';

interface HealthPillProps {
  state: HealthState;
  label: string;
}

export function HealthPill({ state, label }: HealthPillProps) {
  return (
    <span className={classes(style.pill, style[state])}>
      <span className={style.dot} aria-hidden="true" />
      {label}
    </span>
  );
}

const OF_REMOTES: Record<Health, HealthPillProps> = {
  healthy: { state: 'ok', label: 'healthy' },
  stale: { state: 'warn', label: 'stale' },
  inconsistent: { state: 'bad', label: 'inconsistent' },
  missing: { state: 'bad', label: 'no schema' },
};

/** How a remote schema does, in a word. */
export const healthOf = (health: Health) => OF_REMOTES[health];

export function RemoteHealth({ health, detail }: { health: Health; detail?: string }) {
  const { state, label } = healthOf(health);
  return <HealthPill state={state} label={detail ? `${label} · ${detail}` : label} />;
}
