// What asking a remote has brought: one line when it went well, else why not and what to do.
import { CircleCheck, TriangleAlert } from 'lucide-react';
import type { Counts, Probe } from '../../api/api';
import { FailurePanel } from '../../kit/ErrorPanel';
import { Spinner } from '../../kit/Spinner';
import style from './ProbeOutcome.module.css';

interface ProbeOutcomeProps {
  probe: Probe | undefined;
  isBehind: boolean;
}

export function ProbeOutcome({ probe, isBehind }: ProbeOutcomeProps) {
  return (
    <div aria-live="polite" className={style.outcome}>
      {probe?.counts && !probe.failure && (
        <p className={style.line}>
          <CircleCheck className={style.ok} aria-hidden="true" />
          <strong>{probe.ms === null ? 'Schema read' : `Connected in ${Math.round(probe.ms)} ms`}</strong>
          <span>{inWords(probe.counts)}</span>
          {isBehind && <Spinner label="Asking again" />}
        </p>
      )}
      {probe?.warnings.map((warning) => (
        <p key={warning} className={style.line}>
          <TriangleAlert className={style.warn} aria-hidden="true" />
          {warning}
        </p>
      ))}
      {probe?.failure && <FailurePanel title="The remote cannot be used yet" code={probe.failure.code} message={probe.failure.message} help={probe.failure.help} />}
      {isBehind && !probe?.counts && <Spinner label="Asking the remote" />}
    </div>
  );
}

export function inWords({ types, queries, mutations, subscriptions }: Counts): string {
  return [
    `${types} ${types === 1 ? 'type' : 'types'}`,
    `${queries} ${queries === 1 ? 'query' : 'queries'}`,
    `${mutations} ${mutations === 1 ? 'mutation' : 'mutations'}`,
    `subscriptions: ${subscriptions === 0 ? 'no' : subscriptions}`,
  ].join(' · ');
}
