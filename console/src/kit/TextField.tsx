// One line, or several lines, of text.
import type { ComponentProps } from 'react';
import { classes } from './classes';
import { Field, type FieldProps } from './Field';
import style from './field.module.css';

interface Shared extends FieldProps {
  value: string;
  onChange: (value: string) => void;
  /** For names, addresses and everything that is GraphQL. */
  isCode?: boolean;
}

type TextFieldProps = Shared & Omit<ComponentProps<'input'>, keyof Shared | 'id'>;

export function TextField({ label, hideLabel, isOptional, hint, error, className, value, onChange, isCode = false, ...rest }: TextFieldProps) {
  return (
    <Field {...{ label, hideLabel, isOptional, hint, error, className }}>
      {(wiring) => (
        <input
          type="text"
          spellCheck={!isCode}
          autoComplete="off"
          className={classes(style.control, isCode && style.mono)}
          value={value}
          onChange={(event) => onChange(event.target.value)}
          {...wiring}
          {...rest}
        />
      )}
    </Field>
  );
}

type TextAreaProps = Shared & Omit<ComponentProps<'textarea'>, keyof Shared | 'id'>;

export function TextArea({ label, hideLabel, isOptional, hint, error, className, value, onChange, isCode = false, rows = 3, ...rest }: TextAreaProps) {
  return (
    <Field {...{ label, hideLabel, isOptional, hint, error, className }}>
      {(wiring) => (
        <textarea
          rows={rows}
          spellCheck={!isCode}
          className={classes(style.control, isCode && style.mono)}
          value={value}
          onChange={(event) => onChange(event.target.value)}
          {...wiring}
          {...rest}
        />
      )}
    </Field>
  );
}
