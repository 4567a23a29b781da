// A part of a page with a line around it.
import { useId, type ReactNode } from 'react';
import { classes } from './classes';
import style from './Card.module.css';

interface CardProps {
  title?: string;
  actions?: ReactNode;
  children: ReactNode;
  /** The content reaches the lines: a table, say. */
  isFlush?: boolean;
  className?: string;
}

export function Card({ title, actions, children, isFlush = false, className }: CardProps) {
  const id = useId();
  return (
    <section className={classes(style.card, className)} aria-labelledby={title ? id : undefined}>
      {(title || actions) && (
        <header className={style.head}>
          {title && <h2 id={id}>{title}</h2>}
          {actions && <div className={style.actions}>{actions}</div>}
        </header>
      )}
      <div className={isFlush ? style.flush : style.body}>{children}</div>
    </section>
  );
}
