// How arguments get their values: `user_id → id`.
import { ArrowRight } from 'lucide-react';
import type { Mapping } from '../../api/api';
import style from './MappingList.module.css';

export function MappingList({ mapping }: { mapping: readonly Mapping[] }) {
  if (mapping.length === 0) return <span className={style.none}>no arguments</span>;
  return (
    <ul className={style.list}>
      {mapping.map(({ argument, source, is_field }) => (
        <li key={argument}>
          <code className={is_field ? style.field : style.value}>{source}</code>
          <ArrowRight role="img" aria-label="to" />
          {/* The root field is said where the target is. */}
          <code>{argument.replace(/^[^.]*\./, '')}</code>
        </li>
      ))}
    </ul>
  );
}
