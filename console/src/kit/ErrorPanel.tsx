// What went wrong, where, and what to do about it. Every failure is shown with this, beside what it is about.
import { CircleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { GatewayError } from '../api/client';
import { helpOf } from './errorHelp';
import { inconsistentObjects, type InconsistentObject } from './inconsistentObjects';
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
  const { code, message, path, internal } = describe(error);
  const objects = inconsistentObjects(internal);
  const advice = help ?? (objects.length > 0 ? 'Nothing was changed. Mend what is named here, then try again.' : helpOf(code));
  return <FailurePanel title={title} code={code} message={message} place={path} objects={objects} help={advice} actions={actions} />;
}

interface FailurePanelProps {
  title?: string;
  code: string;
  message: string;
  /** Where: a pointer or a path. */
  place?: string | null;
  /** What is named beside the message. */
  objects?: InconsistentObject[];
  help?: ReactNode;
  actions?: ReactNode;
}

/** The same for what is an answer and not an error: an `Explanation`, a `Fault`, a problem. */
export function FailurePanel({ title, code, message, place, objects = [], help, actions }: FailurePanelProps) {
  return (
    <section className={style.panel} role="alert">
      <CircleAlert className={style.icon} aria-hidden="true" />
      <div className={style.body}>
        {title && <p className={style.title}>{title}</p>}
        <p className={style.message}>{message}</p>
        {objects.length > 0 && (
          <ul className={style.objects}>
            {objects.map(({ name, reason }) => (
              <li key={name + reason}>
                <strong>{name}</strong>: {reason}
              </li>
            ))}
          </ul>
        )}
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

function describe(error: unknown): { code: string; message: string; path: string; internal?: unknown } {
  if (error instanceof GatewayError) return error;
  return { code: 'console-fault', message: error instanceof Error ? error.message : String(error), path: '' };
}
