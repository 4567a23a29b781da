// What stands beside the response: the join plan of the run, and the plan without a run.
import { useGraphiQL } from '@graphiql/react';
import { useMutation } from '@tanstack/react-query';
import { Waypoints } from 'lucide-react';
import { useEffect, type Dispatch, type SetStateAction } from 'react';
import { useSession } from '../../app/session/session';
import { Button } from '../../kit/Button';
import { classes } from '../../kit/classes';
import { ErrorPanel } from '../../kit/ErrorPanel';
import { JoinPlanView } from '../../kit/plan/JoinPlanView';
import { byteCount, counted, milliseconds, viewOf } from '../../kit/plan/plan';
import { explain } from './explain';
import type { Run } from './fetcher';
import { variablesOf } from './variables';
import style from './ResponsePanes.module.css';

export type Pane = 'response' | 'plan' | 'explain';

interface ResponsePanesProps {
  /** By tab. */
  runs: Record<string, Run>;
  pane: Pane;
  onPane: Dispatch<SetStateAction<Pane>>;
  onTab: (id: string) => void;
}

export function ResponsePanes({ runs, pane, onPane, onTab }: ResponsePanesProps) {
  const tab = useGraphiQL((state) => state.tabs[state.activeTabIndex]?.id ?? '');
  const run = runs[tab];
  const requests = run?.plan ? viewOf(run.plan).totals?.requests : undefined;

  const queryEditor = useGraphiQL((state) => state.queryEditor);
  const variableEditor = useGraphiQL((state) => state.variableEditor);
  const operationName = useGraphiQL((state) => state.operationName) ?? null;
  const { role } = useSession();
  const explained = useMutation({
    mutationFn: async () => {
      const operation = { query: queryEditor?.getValue() ?? '', variables: variablesOf(variableEditor?.getValue()), operationName };
      return { role, plan: await explain(operation) };
    },
  });
  const { reset } = explained;
  useEffect(() => {
    onTab(tab);
    // What was explained is the operation of the tab that was left.
    reset();
    onPane((pane) => (pane === 'explain' ? 'response' : pane));
  }, [tab, onTab, onPane, reset]);
  const startExplain = () => {
    onPane('explain');
    explained.mutate();
  };

  return (
    <>
      <div className={style.bar}>
        <div role="group" aria-label="What is shown" className={style.tabs}>
          <PaneButton id="response" label="Response" pane={pane} onPane={onPane} />
          <PaneButton id="plan" label="Join plan" pane={pane} onPane={onPane} />
          {explained.status !== 'idle' && <PaneButton id="explain" label="Explanation" pane={pane} onPane={onPane} />}
        </div>
        <span className={style.figures} role="status">
          {run && (
            <>
              <span>{milliseconds(run.ms * 1e6)}</span>
              <span>{byteCount(run.bytes)}</span>
              {requests !== undefined && <span>{counted(requests, 'upstream request')}</span>}
            </>
          )}
        </span>
        <Button size="small" icon={<Waypoints />} isBusy={explained.isPending} onClick={startExplain}>
          Explain
        </Button>
      </div>
      {pane === 'plan' && (
        <section className={style.pane} aria-label="Join plan">
          {run ? <RunPlan run={run} onExplain={startExplain} /> : <p className={style.quiet}>Run the operation to see who was asked for what, and how long that took.</p>}
        </section>
      )}
      {pane === 'explain' && (
        <section className={style.pane} aria-label="Explanation">
          {explained.error && <ErrorPanel title="This operation cannot be explained" error={explained.error} />}
          {explained.data && (
            <>
              <p className={style.quiet}>What would be asked for the role {explained.data.role}. Nothing was.</p>
              <JoinPlanView plan={explained.data.plan} caption="Plan without a run" />
            </>
          )}
        </section>
      )}
    </>
  );
}

function RunPlan({ run, onExplain }: { run: Run; onExplain: () => void }) {
  if (run.plan) return <JoinPlanView plan={run.plan} />;
  if (run.role === 'admin') return <p className={style.quiet}>There is no plan: the operation was refused before anything was asked. The response says why.</p>;
  return (
    <div className={style.quiet}>
      <p>Only administrators are told where answers come from, so a run as {run.role} has no plan. Explain shows what the gateway would ask for this role, and Traces has what it did.</p>
      <Button size="small" onClick={onExplain}>
        Explain as {run.role}
      </Button>
    </div>
  );
}

function PaneButton({ id, label, pane, onPane }: { id: Pane; label: string; pane: Pane; onPane: (pane: Pane) => void }) {
  return (
    <button type="button" aria-pressed={pane === id} className={classes(style.tab, pane === id && style.chosen)} onClick={() => onPane(id)}>
      {label}
    </button>
  );
}
