// One of many, found by typing. Draws only what can be seen, so there may be thousands.
import { Combobox as Base } from '@base-ui/react/combobox';
import { useVirtualizer, type Virtualizer } from '@tanstack/react-virtual';
import { Check, ChevronsUpDown, X } from 'lucide-react';
import { useImperativeHandle, useRef, useState, type ReactNode, type RefObject } from 'react';
import { classes } from './classes';
import { Field, type FieldProps } from './Field';
import field from './field.module.css';
import list from './Select.module.css';
import style from './Combobox.module.css';

export interface ComboboxOption {
  value: string;
  label: string;
  /** Stands at the right: a type, say. */
  hint?: string;
  /** Stands before the label: an icon, or a chip. */
  badge?: ReactNode;
  /** Why it cannot be chosen. It is shown, so that nobody looks for it in vain. */
  disabledReason?: string;
}

interface ComboboxProps extends FieldProps {
  value: string | null;
  onChange: (value: string | null) => void;
  options: ComboboxOption[];
  placeholder?: string;
  isCode?: boolean;
  /** Whether nothing may be chosen again. */
  canClear?: boolean;
  /** For options that come from the server: called with what is typed; the options are then shown as they are. */
  onSearch?: (text: string) => void;
  emptyText?: string;
  isDisabled?: boolean;
}

type List = Virtualizer<HTMLDivElement, Element>;

export function Combobox(props: ComboboxProps) {
  const { label, hideLabel, isOptional, hint, error, className, value, onChange, options, placeholder = 'Search', onSearch } = props;
  const { isCode = false, canClear = false, emptyText = 'Nothing fits.', isDisabled } = props;
  const [isOpen, setIsOpen] = useState(false);
  const virtualizer = useRef<List | null>(null);
  // A value that is not among the options, because they are being searched or it is gone, is shown all the same.
  const chosen = value === null ? null : (options.find((option) => option.value === value) ?? { value, label: value });
  return (
    <Field {...{ label, hideLabel, isOptional, hint, error, className }}>
      {(wiring) => (
        <Base.Root<ComboboxOption>
          virtualized
          items={options}
          value={chosen}
          disabled={isDisabled}
          open={isOpen}
          onOpenChange={setIsOpen}
          filter={onSearch ? null : undefined}
          autoHighlight
          isItemEqualToValue={(a, b) => a.value === b.value}
          onValueChange={(option) => onChange(option?.value ?? null)}
          onInputValueChange={(text, { reason }) => {
            if (reason === 'input-change' || reason === 'input-clear') onSearch?.(text);
          }}
          onItemHighlighted={(option, { reason, index }) => {
            // The list does not scroll to what it does not draw.
            if (option && (reason === 'keyboard' || reason === 'none')) queueMicrotask(() => virtualizer.current?.scrollToIndex(index, { align: 'auto' }));
          }}
        >
          <div className={style.group}>
            <Base.Input className={classes(field.control, isCode && field.mono, style.input)} placeholder={placeholder} {...wiring} />
            {canClear && value !== null && (
              <Base.Clear className={style.clear} aria-label={`Clear ${label}`}>
                <X />
              </Base.Clear>
            )}
            <Base.Trigger className={style.open} aria-label={`Show the options of ${label}`}>
              <ChevronsUpDown />
            </Base.Trigger>
          </div>
          <Base.Portal>
            <Base.Positioner sideOffset={4} className={list.positioner}>
              <Base.Popup className={classes(list.popup, style.popup)}>
                <Base.Empty className={style.empty}>{emptyText}</Base.Empty>
                <Base.List>
                  <Options isOpen={isOpen} isCode={isCode} handle={virtualizer} />
                </Base.List>
              </Base.Popup>
            </Base.Positioner>
          </Base.Portal>
        </Base.Root>
      )}
    </Field>
  );
}

function Options({ isOpen, isCode, handle }: { isOpen: boolean; isCode: boolean; handle: RefObject<List | null> }) {
  const options = Base.useFilteredItems<ComboboxOption>();
  // A state and not a ref: the list has to be measured as soon as it is there.
  const [scroller, setScroller] = useState<HTMLDivElement | null>(null);
  const virtualizer = useVirtualizer<HTMLDivElement, Element>({
    enabled: isOpen,
    count: options.length,
    getScrollElement: () => scroller,
    estimateSize: (index) => (options[index]?.disabledReason ? 50 : 32),
    overscan: 12,
  });
  useImperativeHandle(handle, () => virtualizer);
  if (options.length === 0) return null;
  return (
    <div ref={setScroller} role="presentation" className={style.scroller} style={{ '--height': `${virtualizer.getTotalSize()}px` }}>
      <div role="presentation" className={style.all} style={{ height: virtualizer.getTotalSize() }}>
        {virtualizer.getVirtualItems().map(({ index, start }) => {
          const option = options[index];
          if (!option) return null;
          return (
            <Base.Item
              key={option.value}
              index={index}
              data-index={index}
              ref={virtualizer.measureElement}
              value={option}
              disabled={option.disabledReason !== undefined}
              className={classes(list.item, style.item)}
              aria-setsize={options.length}
              aria-posinset={index + 1}
              style={{ transform: `translateY(${start}px)` }}
            >
              {option.badge}
              <span className={list.text}>
                <span className={isCode ? style.code : undefined}>{option.label}</span>
                {option.disabledReason && <span className={list.hint}>{option.disabledReason}</span>}
              </span>
              {option.hint && <span className={style.type}>{option.hint}</span>}
              <Base.ItemIndicator className={list.check}>
                <Check />
              </Base.ItemIndicator>
            </Base.Item>
          );
        })}
      </div>
    </div>
  );
}
