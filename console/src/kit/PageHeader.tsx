// The heading of a page: its only `h1`, the title of the document, the way back, and what can be done.
import { Link, type LinkProps } from '@tanstack/react-router';
import { ChevronRight } from 'lucide-react';
import { useEffect, type ReactNode } from 'react';
import style from './PageHeader.module.css';

interface Crumb extends Pick<LinkProps, 'to' | 'params' | 'search'> {
  label: string;
}

interface PageHeaderProps {
  title: string;
  /** Stands before the title: a chip with the colour of the remote schema, say. */
  badge?: ReactNode;
  /** One sentence below the title. */
  description?: ReactNode;
  crumbs?: Crumb[];
  actions?: ReactNode;
}

export function PageHeader({ title, badge, description, crumbs = [], actions }: PageHeaderProps) {
  useEffect(() => {
    document.title = `${title} · Conjoin`;
  }, [title]);
  return (
    <header className={style.header}>
      {crumbs.length > 0 && (
        <nav aria-label="Breadcrumbs" className={style.crumbs}>
          {crumbs.map(({ label, ...link }) => (
            <span key={label}>
              <Link {...link}>{label}</Link>
              <ChevronRight aria-hidden="true" />
            </span>
          ))}
        </nav>
      )}
      <div className={style.row}>
        <div className={style.title}>
          <h1>{title}</h1>
          {badge}
        </div>
        {actions && <div className={style.actions}>{actions}</div>}
      </div>
      {description && <p className={style.description}>{description}</p>}
    </header>
  );
}
