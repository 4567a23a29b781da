// Nothing is here yet: why, and what to do.
import type { ReactNode } from 'react';
import style from './EmptyState.module.css';

interface EmptyStateProps {
  icon?: ReactNode;
  title: string;
  children?: ReactNode;
  actions?: ReactNode;
}

export function EmptyState({ icon, title, children, actions }: EmptyStateProps) {
  return (
    <div className={style.empty}>
      {icon && <div className={style.icon}>{icon}</div>}
      <h2>{title}</h2>
      {children && <div className={style.text}>{children}</div>}
      {actions && <div className={style.actions}>{actions}</div>}
    </div>
  );
}
