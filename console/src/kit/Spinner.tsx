// Says that something is under way. `Skeleton` holds the place of what is on its way.
import style from './Spinner.module.css';

export function Spinner({ label }: { label?: string }) {
  return (
    <span className={style.row} role={label ? 'status' : undefined}>
      <span className={style.spinner} aria-hidden="true" />
      {label}
    </span>
  );
}

export function Skeleton({ lines = 3 }: { lines?: number }) {
  return (
    <div className={style.skeleton} role="status">
      <span className={style.hidden}>Loading</span>
      {Array.from({ length: lines }, (_, line) => (
        <span key={line} className={style.line} style={{ width: `${[92, 74, 83, 61][line % 4]}%` }} />
      ))}
    </div>
  );
}
