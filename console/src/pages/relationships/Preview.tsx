// What the relationship would be: the field, what the remote is asked, what is right and wrong with it, and what it brings.
import { CircleAlert, CircleCheck, TriangleAlert, type LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { Card } from '../../kit/Card';
import { classes } from '../../kit/classes';
import { CodeBlock } from '../../kit/CodeBlock';
import { CopyAs } from '../../kit/CopyAs';
import { ErrorPanel } from '../../kit/ErrorPanel';
import { faultText, useFormState } from './FormState';
import { LiveTest } from './LiveTest';
import { keysOf, relationshipOf } from './mapping';
import { useOperationText } from './operationText';
import { Sentence } from './Sentence';
import style from './Preview.module.css';

interface PreviewProps {
  /** What is missing before the server can be asked. */
  missing: string | null;
  error: unknown;
  isCurrent: boolean;
  /** The command that saving sends. */
  command: unknown;
}

export function Preview({ missing, error, isCurrent, command }: PreviewProps) {
  const { check } = useFormState();
  if (missing !== null) {
    return (
      <Card title="Preview">
        <p className={style.missing}>{missing}</p>
      </Card>
    );
  }
  return (
    <div className={style.preview} aria-busy={!isCurrent}>
      <Card title="Check">
        {error !== null && <ErrorPanel title="The relationship could not be checked" error={error} />}
        <Checks />
      </Card>
      {check?.sdl && (
        <Card title="The field">
          <CodeBlock code={check.sdl} language="graphql" label="the field in SDL" maxHeight={180} />
        </Card>
      )}
      {check?.request && (
        <Card title="Request for three objects">
          <p className={style.hint}>{check.batch === 'list' ? 'All keys travel in one list.' : 'Keys travel together, one aliased field each.'}</p>
          <Operation text={check.request} />
        </Card>
      )}
      {check && <Trial />}
      {check && (
        <Card title="Copy as">
          {/* What cannot be read has no other form yet. */}
          <CopyAs key={check.cli ? 'all' : 'request'} cli={check.cli || undefined} yaml={check.yaml || undefined} api={command} />
        </Card>
      )}
    </div>
  );
}

function Operation({ text }: { text: string }) {
  return <CodeBlock code={useOperationText(text)} language="graphql" label="the request for three objects" maxHeight={320} />;
}

function Trial() {
  const { form, remoteSchema, check } = useFormState();
  const { type_name, name, definition } = relationshipOf(form);
  return (
    <Card title="Test">
      <LiveTest args={{ remote_schema: remoteSchema, type_name, name, definition }} keys={keysOf(form)} openArguments={check?.open_arguments ?? []} isReady={check?.ok ?? false} />
    </Card>
  );
}

function Checks() {
  const { check } = useFormState();
  return (
    <ul className={style.checks} aria-live="polite" aria-label="Checks">
      {!check && <li className={style.missing}>Asking the gateway…</li>}
      {check?.faults.map((fault) => (
        <Check key={`${fault.pointer} ${fault.message}`} Icon={CircleAlert} tone={style.bad} word="Wrong">
          <Sentence text={faultText(fault)} /> <code className={style.code}>{fault.code}</code>
        </Check>
      ))}
      {check?.ok && (
        <Check Icon={CircleCheck} tone={style.ok} word="Good">
          It would be served{check.result_type && <> as <code>{check.result_type}</code></>}.
        </Check>
      )}
      {check?.notes.map(({ is_warning, message }) => (
        <Check key={message} Icon={is_warning ? TriangleAlert : CircleCheck} tone={is_warning ? style.warn : style.ok} word={is_warning ? 'Look at this' : 'Good'}>
          <Sentence text={message} />
        </Check>
      ))}
      {check && check.open_arguments.length > 0 && (
        <Check Icon={CircleCheck} tone={style.ok} word="Good">
          Clients give{' '}
          {check.open_arguments.map((name, index) => (
            <span key={name}>
              {index > 0 && ', '}
              <code>{name}</code>
            </span>
          ))}
          .
        </Check>
      )}
    </ul>
  );
}

function Check({ Icon, tone, word, children }: { Icon: LucideIcon; tone: string | undefined; word: string; children: ReactNode }) {
  return (
    <li className={classes(style.check, tone)}>
      <Icon aria-hidden="true" />
      <span>
        <span className={style.word}>{word}: </span>
        {children}
      </span>
    </li>
  );
}
