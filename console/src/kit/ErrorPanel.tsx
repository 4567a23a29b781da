// What went wrong, where, and what to do about it. Every failure is shown with this, beside what it is about.
import { CircleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { GatewayError } from '../api/client';
import { helpOf } from './errorHelp';
import style from './ErrorPanel.module.css';

interface ErrorPanelProps {
  /** What could not be done: "Could not save the relationship". */
  title?: string;
  /** What was thrown. */
  error: unknown;
  /** What to do; when absent, what is known for the code. */
  help?: ReactNode;
  /** Buttons. */
  actions?: ReactNode;
}

export function ErrorPanel({ title, error, help, actions }: ErrorPanelProps) {
  const { code, message, path } = describe(error);
  return <FailurePanel title={title} code={code} message={message} place={path} help={help ?? helpOf(code)} actions={actions} />;
}

interface FailurePanelProps {
  title?: string;
  code: string;
  message: string;
  /** Where: a pointer or a path. */
  place?: string | null;
  help?: ReactNode;
  actions?: ReactNode;
}

/** The same for what is an answer and not an error: an `Explanation`, a `Fault`, a problem. */
export function FailurePanel({ title, code, message, place, help, actions }: FailurePanelProps) {
  return (
    <section className={style.panel} role="alert">
      <CircleAlert className={style.icon} aria-hidden="true" />
      <div className={style.body}>
        {title && <p className={style.title}>{title}</p>}
        <p className={style.message}>{message}</p>
        {help && <p className={style.help}>{help}</p>}
        <p className={style.code}>
          <code>{code}</code>
          {place && place !== '$' && (
            <>
              {' at '}
              <code>{place}</code>
            </>
          )}
        </p>
        {actions && <div className={style.actions}>{actions}</div>}
      </div>
    </section>
  );
}

function describe(error: unknown): { code: string; message: string; path: string } {
  if (error instanceof GatewayError) return error;
  return { code: 'console-fault', message: error instanceof Error ? error.message : String(error), path: '' };
}
