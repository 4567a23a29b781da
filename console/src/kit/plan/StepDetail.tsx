// One step of a plan: the requests as they were sent, or as they would be.
import { SquarePen, Terminal } from 'lucide-react';
import { useState } from 'react';
import { useAsk } from '../../api/ask';
import { Button, ButtonLink } from '../Button';
import { CodeBlock } from '../CodeBlock';
import { copy } from '../CopyButton';
import { FailurePanel } from '../ErrorPanel';
import { byteCount, counted, milliseconds, type PlanStep } from './plan';
import { curlOf, emptyVariables, readable } from './upstreamRequest';
import style from './StepDetail.module.css';

const SHOWN_AT_FIRST = 3;

export function StepDetail({ step }: { step: PlanStep }) {
  const [showsAll, setShowsAll] = useState(false);
  const { data: overview } = useAsk('get_overview', {});
  const url = overview?.remote_schemas.find(({ name }) => name === step.schema)?.url;
  const requests = step.requests ?? [];
  const shown = showsAll ? requests : requests.slice(0, SHOWN_AT_FIRST);
  const nHidden = requests.length - shown.length;
  return (
    <div className={style.detail}>
      <dl className={style.facts}>
        <Fact name="Goes to" value={<code>{step.path}</code>} />
        {step.keys.length > 0 && <Fact name="Key" value={<code>{step.keys.join(', ')}</code>} />}
        {step.kind === 'join' && <Fact name="Batch" value={step.maxKeys === undefined ? step.batch : `${step.batch}, at most ${counted(step.maxKeys, 'key')} in a request`} />}
        {step.keysIn !== undefined && step.kind === 'join' && <Fact name="Keys" value={`${step.keysIn}, of which ${step.keysUnique ?? 0} different`} />}
        {step.rowsOut !== undefined && <Fact name="Values" value={step.rowsOut} />}
      </dl>
      {requests.length === 0 && <Operation query={step.query} url={url} label={`operation for ${step.schema}`} />}
      {shown.map((request, index) => (
        <section key={index} className={style.request}>
          <h3>
            Request {index + 1} of {requests.length}
            <span>
              {request.status === null ? 'no answer' : `status ${request.status}`} · {byteCount(request.bytes)} · {milliseconds(request.durNs)}, from {milliseconds(request.startNs)} on
            </span>
          </h3>
          {request.error !== null && <FailurePanel code="remote-error" message={request.error} place={step.schema} />}
          <Operation query={request.query} url={url} label={`request ${index + 1} to ${step.schema}`} />
        </section>
      ))}
      {nHidden > 0 && (
        <Button size="small" onClick={() => setShowsAll(true)}>
          Show {counted(nHidden, 'more request')}
        </Button>
      )}
    </div>
  );
}

function Fact({ name, value }: { name: string; value: React.ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function Operation({ query, url, label }: { query: string; url: string | undefined; label: string }) {
  const text = readable(query);
  const [isCopied, setIsCopied] = useState(false);
  return (
    <>
      <CodeBlock code={text} language="graphql" label={label} maxHeight={320} />
      <div className={style.actions}>
        {url !== undefined && (
          <Button size="small" kind="quiet" icon={<Terminal />} onClick={() => void copy(curlOf(url, query)).then(setIsCopied)}>
            {isCopied ? 'Copied, without secrets' : 'Copy curl'}
          </Button>
        )}
        <ButtonLink size="small" kind="quiet" icon={<SquarePen />} to="/api" search={{ query: text, variables: emptyVariables(query) }}>
          Open in API
        </ButtonLink>
      </div>
    </>
  );
}
