// A button, or a link that looks like one: an action has a button, an address a link.
import { Link, type LinkProps } from '@tanstack/react-router';
import type { ComponentProps, ReactNode } from 'react';
import { classes } from './classes';
import { Spinner } from './Spinner';
import style from './Button.module.css';

export type ButtonKind = 'primary' | 'secondary' | 'quiet' | 'danger';

interface Look {
  kind?: ButtonKind;
  size?: 'normal' | 'small';
  icon?: ReactNode;
}

interface ButtonProps extends ComponentProps<'button'>, Look {
  /** Shows that the action is under way, and takes no second click. */
  isBusy?: boolean;
}

export function Button({ kind = 'secondary', size = 'normal', icon, isBusy = false, className, children, onClick, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      className={classes(style.button, style[kind], style[size], className)}
      aria-busy={isBusy || undefined}
      // Not `disabled`: a button that loses the focus while it works throws a keyboard user back to the start.
      aria-disabled={isBusy || undefined}
      onClick={isBusy ? (event) => event.preventDefault() : onClick}
      {...rest}
    >
      {isBusy ? <Spinner /> : icon}
      {children}
    </button>
  );
}

type ButtonLinkProps = LinkProps & Look & { className?: string; children: ReactNode };

export function ButtonLink({ kind = 'secondary', size = 'normal', icon, className, children, ...rest }: ButtonLinkProps) {
  return (
    <Link className={classes(style.button, style[kind], style[size], className)} {...rest}>
      {icon}
      {children}
    </Link>
  );
}
