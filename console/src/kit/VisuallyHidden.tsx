// Words for those who do not see the page: the heading of a column of buttons, say.
import type { ReactNode } from 'react';
import field from './field.module.css';

export function VisuallyHidden({ children }: { children: ReactNode }) {
  return <span className={field.hiddenLabel}>{children}</span>;
}
