// One field of many, with what it takes and gives. Draws only the rows that can be seen: there may be thousands.
import { useVirtualizer } from '@tanstack/react-virtual';
import { Search } from 'lucide-react';
import { useId, useMemo, useState, type KeyboardEvent, type ReactNode } from 'react';
import type { FieldDetail } from '../../api/api';
import { classes } from '../../kit/classes';
import field from '../../kit/field.module.css';
import { fieldsThatFit } from './fieldSearch';
import style from './FieldPicker.module.css';

interface FieldPickerProps {
  label: string;
  fields: readonly FieldDetail[];
  value: string | null;
  onPick: (field: FieldDetail) => void;
  error?: ReactNode;
  hasFocus?: boolean;
}

const ROW = 46;

export function FieldPicker({ label, fields, value, onPick, error, hasFocus = false }: FieldPickerProps) {
  const id = useId();
  const [text, setText] = useState('');
  const [scroller, setScroller] = useState<HTMLDivElement | null>(null);
  const found = useMemo(() => fieldsThatFit(fields, text), [fields, text]);
  const [active, setActive] = useState(() => Math.max(0, fields.findIndex(({ name }) => name === value)));
  const virtualizer = useVirtualizer({ count: found.length, getScrollElement: () => scroller, estimateSize: () => ROW, overscan: 8 });
  const optionId = (index: number) => `${id}-${index}`;

  const go = (index: number) => {
    const next = Math.min(Math.max(index, 0), found.length - 1);
    setActive(next);
    virtualizer.scrollToIndex(next);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 };
    const step = steps[event.key];
    if (step !== undefined) {
      event.preventDefault();
      go(active + step);
    } else if (event.key === 'Enter') {
      // Enter takes the field; it saves the form everywhere else.
      event.preventDefault();
      const chosen = found[active];
      if (chosen) onPick(chosen);
    }
  };

  return (
    <div className={field.field}>
      <label className={field.label} htmlFor={`${id}-search`}>
        {label}
      </label>
      <div className={style.box} data-invalid={error ? true : undefined}>
        <div className={style.search}>
          <Search aria-hidden="true" />
          <input
            id={`${id}-search`}
            type="text"
            role="combobox"
            aria-expanded="true"
            aria-autocomplete="list"
            aria-controls={`${id}-list`}
            aria-activedescendant={found.length > 0 ? optionId(active) : undefined}
            aria-describedby={error ? `${id}-error` : `${id}-count`}
            aria-invalid={error ? true : undefined}
            autoComplete="off"
            spellCheck={false}
            placeholder="Search fields, arguments, results"
            autoFocus={hasFocus}
            value={text}
            onChange={(event) => {
              setText(event.target.value);
              setActive(0);
              virtualizer.scrollToIndex(0);
            }}
            onKeyDown={onKeyDown}
          />
          <span id={`${id}-count`} className={style.count} aria-live="polite">
            {text ? `${found.length} of ${fields.length}` : `${fields.length} fields`}
          </span>
        </div>
        <div ref={setScroller} className={style.scroller} role="listbox" id={`${id}-list`} aria-label={label}>
          <div role="presentation" className={style.all} style={{ height: virtualizer.getTotalSize() }}>
            {virtualizer.getVirtualItems().map(({ index, start }) => {
              const option = found[index];
              if (!option) return null;
              return (
                <div
                  key={option.name}
                  id={optionId(index)}
                  role="option"
                  aria-selected={option.name === value}
                  aria-setsize={found.length}
                  aria-posinset={index + 1}
                  className={classes(style.option, index === active && style.active)}
                  style={{ height: ROW, transform: `translateY(${start}px)` }}
                  onClick={() => onPick(option)}
                  onPointerMove={() => setActive(index)}
                >
                  <Signature of={option} />
                  {option.deprecated ? (
                    <span className={style.description}>deprecated: {option.deprecated}</span>
                  ) : (
                    option.description && <span className={style.description}>{option.description}</span>
                  )}
                </div>
              );
            })}
          </div>
        </div>
        {found.length === 0 && <p className={style.empty}>{fields.length === 0 ? 'There are no fields.' : `Nothing has “${text}” in its name, arguments or result.`}</p>}
      </div>
      {error && (
        <p id={`${id}-error`} className={field.error} role="status">
          {error}
        </p>
      )}
    </div>
  );
}

/** `user(id*, active): User`. */
export function Signature({ of: { name, arguments: args, type_text } }: { of: FieldDetail }) {
  return (
    <span className={style.signature}>
      <strong>{name}</strong>
      {args.length > 0 && (
        <span className={style.arguments}>
          (
          {args.map(({ name, is_required }, index) => (
            <span key={name}>
              {index > 0 && ', '}
              {name}
              {is_required && <b title="required">*</b>}
            </span>
          ))}
          )
        </span>
      )}
      <span className={style.type}>{type_text}</span>
    </span>
  );
}
