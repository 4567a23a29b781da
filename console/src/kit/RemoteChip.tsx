// The name of a remote schema in its colour. Everywhere the same, so that the reader learns "blue is weather".
import { hueOf } from './hue';
import style from './RemoteChip.module.css';

export function RemoteChip({ name }: { name: string }) {
  return (
    <span className={style.chip} style={{ '--hue': hueOf(name) }}>
      <span className={style.dot} aria-hidden="true" />
      {name}
    </span>
  );
}
