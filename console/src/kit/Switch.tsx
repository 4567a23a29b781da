// On or off, with effect at once or when the form is saved.
import { Switch as Base } from '@base-ui/react/switch';
import { useId, type ReactNode } from 'react';
import field from './field.module.css';
import style from './Switch.module.css';

interface SwitchProps {
  label: ReactNode;
  hint?: ReactNode;
  isOn: boolean;
  onChange: (isOn: boolean) => void;
  isDisabled?: boolean;
}

export function Switch({ label, hint, isOn, onChange, isDisabled = false }: SwitchProps) {
  const id = useId();
  return (
    <label className={style.row}>
      <Base.Root
        checked={isOn}
        disabled={isDisabled}
        onCheckedChange={onChange}
        className={style.track}
        aria-labelledby={`${id}-label`}
        aria-describedby={hint ? `${id}-hint` : undefined}
      >
        <Base.Thumb className={style.thumb} />
      </Base.Root>
      <span className={style.text}>
        <span id={`${id}-label`}>{label}</span>
        {hint && (
          <span id={`${id}-hint`} className={field.hint}>
            {hint}
          </span>
        )}
      </span>
    </label>
  );
}
