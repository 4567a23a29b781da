// One of a few. For more than a dozen, or for what has to be searched, there is `Combobox`.
import { Select as Base } from '@base-ui/react/select';
import { Check, ChevronsUpDown } from 'lucide-react';
import { classes } from './classes';
import { Field, type FieldProps } from './Field';
import field from './field.module.css';
import style from './Select.module.css';

export interface SelectOption<Value extends string> {
  value: Value;
  label: string;
  hint?: string;
}

interface SelectProps<Value extends string> extends FieldProps {
  value: Value | null;
  onChange: (value: Value) => void;
  options: SelectOption<Value>[];
  placeholder?: string;
  isDisabled?: boolean;
}

export function Select<Value extends string>({ label, hideLabel, isOptional, hint, error, className, value, onChange, options, placeholder = 'Choose', isDisabled }: SelectProps<Value>) {
  return (
    <Field {...{ label, hideLabel, isOptional, hint, error, className }}>
      {(wiring) => (
        <Base.Root<Value> items={options} value={value} disabled={isDisabled} onValueChange={(value) => value !== null && onChange(value)}>
          <Base.Trigger className={classes(field.control, style.trigger)} {...wiring}>
            <Base.Value placeholder={<span className={style.placeholder}>{placeholder}</span>} />
            <Base.Icon className={style.icon}>
              <ChevronsUpDown />
            </Base.Icon>
          </Base.Trigger>
          <Base.Portal>
            <Base.Positioner sideOffset={4} alignItemWithTrigger={false} className={style.positioner}>
              <Base.Popup className={style.popup}>
                {options.map(({ value, label, hint }) => (
                  <Base.Item key={value} value={value} className={style.item}>
                    <span className={style.text}>
                      <Base.ItemText>{label}</Base.ItemText>
                      {hint && <span className={style.hint}>{hint}</span>}
                    </span>
                    <Base.ItemIndicator className={style.check}>
                      <Check />
                    </Base.ItemIndicator>
                  </Base.Item>
                ))}
              </Base.Popup>
            </Base.Positioner>
          </Base.Portal>
        </Base.Root>
      )}
    </Field>
  );
}
