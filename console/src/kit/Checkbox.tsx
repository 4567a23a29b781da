// A tick, with a third state for "some of what is below".
import { Checkbox as Base } from '@base-ui/react/checkbox';
import { Check, Minus } from 'lucide-react';
import { useId, type ReactNode } from 'react';
import { classes } from './classes';
import style from './Checkbox.module.css';

/** Whether something is ticked. */
export type Tick = boolean | 'mixed';

interface CheckboxProps {
  label: ReactNode;
  hideLabel?: boolean;
  hint?: ReactNode;
  isChecked: Tick;
  onChange: (isChecked: boolean) => void;
  isDisabled?: boolean;
  className?: string;
}

export function Checkbox({ label, hideLabel = false, hint, isChecked, onChange, isDisabled = false, className }: CheckboxProps) {
  const id = useId();
  return (
    <div className={classes(style.row, className)}>
      <Base.Root
        className={style.box}
        checked={isChecked === true}
        indeterminate={isChecked === 'mixed'}
        disabled={isDisabled}
        onCheckedChange={onChange}
        aria-labelledby={`${id}-label`}
        aria-describedby={hint ? `${id}-hint` : undefined}
      >
        <Base.Indicator className={style.tick}>{isChecked === 'mixed' ? <Minus /> : <Check />}</Base.Indicator>
      </Base.Root>
      <div className={hideLabel ? style.hidden : style.text}>
        {/* Not a `label` element: it cannot name the box, which is not a form control of its own. The box is named by it all the same. */}
        <span id={`${id}-label`} className={style.label} onClick={isDisabled ? undefined : () => onChange(isChecked !== true)}>
          {label}
        </span>
        {hint && (
          <span id={`${id}-hint`} className={style.hint}>
            {hint}
          </span>
        )}
      </div>
    </div>
  );
}
