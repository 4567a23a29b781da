// A whole number within bounds.
import { NumberField as Base } from '@base-ui/react/number-field';
import { Minus, Plus } from 'lucide-react';
import { Field, type FieldProps } from './Field';
import field from './field.module.css';
import { classes } from './classes';
import style from './NumberField.module.css';

interface NumberFieldProps extends FieldProps {
  value: number | null;
  onChange: (value: number | null) => void;
  min?: number;
  max?: number;
  step?: number;
  /** "seconds", say. */
  unit?: string;
  placeholder?: string;
  isDisabled?: boolean;
}

export function NumberField({ label, hideLabel, isOptional, hint, error, className, value, onChange, min, max, step = 1, unit, placeholder, isDisabled }: NumberFieldProps) {
  return (
    <Field {...{ label, hideLabel, isOptional, hint, error, className }}>
      {({ id, ...wiring }) => (
        <Base.Root id={id} value={value} onValueChange={onChange} min={min} max={max} step={step} disabled={isDisabled}>
          <Base.Group className={style.group}>
            <Base.Input className={classes(field.control, style.input)} placeholder={placeholder} {...wiring} />
            {unit && <span className={style.unit}>{unit}</span>}
            <Base.Decrement className={style.step} aria-label={`Less: ${label}`}>
              <Minus />
            </Base.Decrement>
            <Base.Increment className={style.step} aria-label={`More: ${label}`}>
              <Plus />
            </Base.Increment>
          </Base.Group>
        </Base.Root>
      )}
    </Field>
  );
}
