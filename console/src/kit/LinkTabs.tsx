// Tabs that are addresses: each can be opened in a new window, and sent to somebody.
import { Link, type LinkProps } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import style from './LinkTabs.module.css';

interface LinkTab extends Pick<LinkProps, 'to' | 'params' | 'search'> {
  label: string;
  /** A count, say. */
  badge?: ReactNode;
}

export function LinkTabs({ label, tabs }: { label: string; tabs: LinkTab[] }) {
  return (
    <nav aria-label={label} className={style.tabs}>
      {tabs.map(({ label, badge, ...link }) => (
        <Link key={label} {...link} className={style.tab} activeProps={{ 'aria-current': 'page' }} activeOptions={{ includeSearch: false }}>
          {label}
          {badge !== undefined && <span className={style.badge}>{badge}</span>}
        </Link>
      ))}
    </nav>
  );
}
