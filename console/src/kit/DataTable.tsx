// A plain table. Write `<thead>` and `<tbody>` as ever; cells with `data-number` are set right, `data-actions` holds the menu of a row.
import type { ReactNode } from 'react';
import { classes } from './classes';
import style from './DataTable.module.css';

interface DataTableProps {
  /** Read out before the table. */
  caption: string;
  /** The caption is shown, too. */
  showCaption?: boolean;
  children: ReactNode;
  className?: string;
}

export function DataTable({ caption, showCaption = false, children, className }: DataTableProps) {
  return (
    // The focus: otherwise what is cut off at the right cannot be reached by keyboard.
    <div className={style.scroller} tabIndex={0} role="region" aria-label={caption}>
      <table className={classes(style.table, className)}>
        <caption className={showCaption ? style.caption : style.hidden}>{caption}</caption>
        {children}
      </table>
    </div>
  );
}
