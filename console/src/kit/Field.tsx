// The label, the hint and the error around a control of a form.
import { useId, type ReactNode } from 'react';
import { classes } from './classes';
import style from './field.module.css';

/** What every field of a form takes. */
export interface FieldProps {
  label: string;
  /** The label is read out only; for tables, where a column heading says it. */
  hideLabel?: boolean;
  isOptional?: boolean;
  hint?: ReactNode;
  /** What is wrong with it, and what to do. */
  error?: ReactNode;
  className?: string;
}

/** What ties a control to its label, hint and error. */
interface Wiring {
  id: string;
  'aria-describedby': string | undefined;
  'aria-invalid': true | undefined;
}

export function Field({ label, hideLabel, isOptional, hint, error, className, children }: FieldProps & { children: (wiring: Wiring) => ReactNode }) {
  const id = useId();
  const hasError = error !== undefined && error !== null && error !== '' && error !== false;
  const described = [hasError && `${id}-error`, hint && `${id}-hint`].filter(Boolean).join(' ');
  return (
    <div className={classes(style.field, className)}>
      <label htmlFor={id} className={hideLabel ? style.hiddenLabel : style.label}>
        {label}
        {isOptional && <span className={style.optional}>optional</span>}
      </label>
      {children({ id, 'aria-describedby': described || undefined, 'aria-invalid': hasError || undefined })}
      {/* Always there, so that what appears in it is read out. */}
      <div aria-live="polite" hidden={!hasError}>
        {hasError && (
          <p id={`${id}-error`} className={style.error}>
            {error}
          </p>
        )}
      </div>
      {hint && (
        <p id={`${id}-hint`} className={style.hint}>
          {hint}
        </p>
      )}
    </div>
  );
}
