// The tick or the dot of a row of a tree. The row itself says its state to those who do not see it.
import { Check, Minus } from 'lucide-react';
import type { Tick } from './Checkbox';
import { classes } from './classes';
import style from './TreeMark.module.css';

export function TreeMark({ tick, isSelected }: { tick: Tick | null; isSelected: boolean | null }) {
  if (tick !== null) {
    return (
      <span className={classes(style.mark, tick !== false && style.set)} aria-hidden="true">
        {tick === 'mixed' ? <Minus /> : tick && <Check />}
      </span>
    );
  }
  if (isSelected === null) return null;
  return (
    <span className={classes(style.mark, style.round, isSelected && style.set)} aria-hidden="true">
      {isSelected && <span className={style.dot} />}
    </span>
  );
}
