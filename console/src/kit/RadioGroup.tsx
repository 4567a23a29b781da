// One of a few that are worth reading before choosing.
import { Radio } from '@base-ui/react/radio';
import { RadioGroup as Base } from '@base-ui/react/radio-group';
import { useId, type ReactNode } from 'react';
import field from './field.module.css';
import style from './RadioGroup.module.css';

interface RadioOption<Value extends string> {
  value: Value;
  label: ReactNode;
  hint?: ReactNode;
  isDisabled?: boolean;
}

interface RadioGroupProps<Value extends string> {
  label: string;
  hideLabel?: boolean;
  value: Value;
  onChange: (value: Value) => void;
  options: RadioOption<Value>[];
  /** Side by side, for short labels. */
  isRow?: boolean;
}

export function RadioGroup<Value extends string>({ label, hideLabel = false, value, onChange, options, isRow = false }: RadioGroupProps<Value>) {
  const id = useId();
  return (
    <div className={field.field}>
      <span id={id} className={hideLabel ? field.hiddenLabel : field.label}>
        {label}
      </span>
      <Base aria-labelledby={id} value={value} onValueChange={onChange} className={isRow ? style.row : style.column}>
        {options.map(({ value, label, hint, isDisabled }) => (
          <label key={value} className={style.option}>
            <Radio.Root value={value} disabled={isDisabled} className={style.circle}>
              <Radio.Indicator className={style.dot} />
            </Radio.Root>
            <span className={style.text}>
              {label}
              {hint && <span className={field.hint}>{hint}</span>}
            </span>
          </label>
        ))}
      </Base>
    </div>
  );
}
