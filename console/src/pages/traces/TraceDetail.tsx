// One operation: its text, and what was asked of whom for it.
import { useParams } from '@tanstack/react-router';
import { SquarePen } from 'lucide-react';
import type { Trace } from '../../api/api';
import { useAsk } from '../../api/ask';
import { ButtonLink } from '../../kit/Button';
import { Card } from '../../kit/Card';
import { CodeBlock } from '../../kit/CodeBlock';
import { ErrorPanel } from '../../kit/ErrorPanel';
import { PageHeader } from '../../kit/PageHeader';
import { JoinPlanView } from '../../kit/plan/JoinPlanView';
import { counted, milliseconds } from '../../kit/plan/plan';
import { readable } from '../../kit/plan/upstreamRequest';
import { Skeleton } from '../../kit/Spinner';
import { Outcome } from './Outcome';
import style from './Traces.module.css';

const CRUMBS = [{ label: 'Traces', to: '/traces' }] as const;
const GONE = 'Only the last operations are kept, in memory: newer ones may have taken its place, or the gateway was restarted.';

export function TraceDetail() {
  const { id } = useParams({ from: '/traces/$id' });
  const { data, error } = useAsk('get_trace', { id: Number(id) });
  if (data) return <TraceSections trace={data} />;
  return (
    <>
      <PageHeader title={`Trace ${id}`} crumbs={[...CRUMBS]} />
      {error ? <ErrorPanel title="This trace could not be read" error={error} help={GONE} /> : <Skeleton lines={6} />}
    </>
  );
}

function TraceSections({ trace: { summary, query, plan } }: { trace: Trace }) {
  // Introspection and machines send everything on one line.
  const text = query.includes('\n') ? query : readable(query);
  return (
    <>
      <PageHeader
        title={summary.operation ?? `Unnamed ${summary.kind}`}
        badge={<Outcome outcome={summary.outcome} />}
        crumbs={[...CRUMBS]}
        actions={
          <ButtonLink to="/api" search={{ query: text }} icon={<SquarePen />}>
            Open in API
          </ButtonLink>
        }
      />
      <div className={style.sections}>
        <p className={style.facts}>
          <time dateTime={summary.at}>{new Date(summary.at).toLocaleString()}</time>
          <span>as {summary.role}</span>
          <span>{milliseconds(summary.dur_ns)}</span>
          <span>{counted(summary.n_requests, 'upstream request')}</span>
        </p>
        <Card title="Join plan">
          <JoinPlanView plan={plan} />
        </Card>
        <Card title="Operation">
          <CodeBlock code={text} language="graphql" label="operation" />
        </Card>
      </div>
    </>
  );
}
