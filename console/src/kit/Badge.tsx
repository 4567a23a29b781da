// A word about something: its kind, its state, a count.
import type { ReactNode } from 'react';
import { classes } from './classes';
import style from './Badge.module.css';

export type BadgeTone = 'neutral' | 'accent' | 'ok' | 'warn' | 'bad';

export function Badge({ tone = 'neutral', icon, children }: { tone?: BadgeTone; icon?: ReactNode; children: ReactNode }) {
  return (
    <span className={classes(style.badge, style[tone])}>
      {icon}
      {children}
    </span>
  );
}
