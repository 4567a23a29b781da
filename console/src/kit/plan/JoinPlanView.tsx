// A join plan as a tree and as a waterfall, which are the same table: what was asked of whom, in which order, and how long that took.
import type { ReactNode } from 'react';
import { Link } from '@tanstack/react-router';
import { ChevronRight, CircleAlert, Lightbulb } from 'lucide-react';
import { Fragment, useMemo, useState } from 'react';
import type { JoinPlan } from '../../api/api';
import { Badge } from '../Badge';
import { classes } from '../classes';
import { hueOf } from '../hue';
import { RemoteChip } from '../RemoteChip';
import { byteCount, counted, milliseconds, viewOf, type PlanRow, type PlanView, type Tick } from './plan';
import { StepDetail } from './StepDetail';
import style from './JoinPlanView.module.css';

const N_COLUMNS = 8;

export function JoinPlanView({ plan, caption = 'Join plan' }: { plan: JoinPlan; caption?: string }) {
  const view = useMemo(() => viewOf(plan), [plan]);
  const [opened, setOpened] = useState<number | null>(null);
  const hasRun = view.totals !== null;
  return (
    <div className={style.plan}>
      <Summary plan={plan} view={view} />
      <div className={style.scroller} tabIndex={0} role="region" aria-label={caption}>
        <table className={style.table}>
          <caption className={style.hidden}>{caption}</caption>
          <thead>
            <tr>
              <th scope="col">Step</th>
              <th scope="col" className={style.extra}>Path</th>
              <th scope="col" className={style.extra}>{hasRun ? 'Keys' : 'Key'}</th>
              <th scope="col" className={style.extra}>Batch</th>
              <th scope="col" className={style.extra} data-number>{hasRun && 'Requests'}</th>
              <th scope="col" className={style.extra} data-number>{hasRun && 'Bytes'}</th>
              <th scope="col" className={style.timeline}>{hasRun ? <Axis ticks={view.ticks} /> : <span className={style.hidden}>Time</span>}</th>
              <th scope="col" data-number>{hasRun && 'Time'}</th>
            </tr>
          </thead>
          <tbody>
            {view.rows.map((row) => {
              const isOpen = opened === row.step.id;
              return (
                <Fragment key={row.step.id}>
                  <StepRow row={row} hasRun={hasRun} ticks={view.ticks} isOpen={isOpen} onToggle={() => setOpened(isOpen ? null : row.step.id)} />
                  {isOpen && (
                    <tr>
                      <td colSpan={N_COLUMNS} className={style.detail}>
                        <StepDetail step={row.step} />
                      </td>
                    </tr>
                  )}
                </Fragment>
              );
            })}
          </tbody>
        </table>
      </div>
      {view.advice.map(({ step, remote, message }) => (
        <p key={step.id} className={style.advice}>
          <Lightbulb aria-hidden="true" />
          <span>
            {message}{' '}
            <Link to="/schemas/$name/relationships" params={{ name: remote }}>
              Relationships of {remote}
            </Link>
          </span>
        </p>
      ))}
    </div>
  );
}

function Summary({ plan, view: { totals, criticalPath } }: { plan: JoinPlan; view: PlanView }) {
  if (totals === null) {
    const isOne = plan.minRequests === plan.maxRequests || plan.steps.every(({ kind }) => kind === 'root');
    return (
      <p className={style.summary}>
        <strong>{counted(plan.minRequests, 'upstream request')}</strong>
        {!isOne && <span>as long as all keys of a step fit into one request. The gateway stops at {plan.maxRequests}.</span>}
      </p>
    );
  }
  const { durNs, requests, bytes, requestsWithoutBatching } = totals;
  return (
    <p className={style.summary}>
      <strong>{milliseconds(durNs)}</strong>
      <strong>{counted(requests, 'upstream request')}</strong>
      {requestsWithoutBatching > requests && <span>{requestsWithoutBatching} without batching</span>}
      <span>{byteCount(bytes)} received</span>
      {criticalPath.length > 1 && <span>Critical path: {criticalPath.map(({ schema, field }) => `${schema}.${field}`).join(' → ')}</span>}
    </p>
  );
}

interface StepRowProps {
  row: PlanRow;
  hasRun: boolean;
  ticks: Tick[];
  isOpen: boolean;
  onToggle: () => void;
}

function StepRow({ row, hasRun, ticks, isOpen, onToggle }: StepRowProps) {
  const { step, depth } = row;
  const keys = step.keys.join(', ');
  return (
    <tr className={classes(isOpen && style.open, row.isCritical && style.critical)} style={{ '--hue': hueOf(step.schema) }}>
      <th scope="row">
        <button type="button" className={style.step} style={{ '--depth': depth }} aria-expanded={isOpen} onClick={onToggle}>
          <ChevronRight className={style.chevron} aria-hidden="true" />
          <RemoteChip name={step.schema} />
          <code className={style.field}>{step.field}</code>
        </button>
      </th>
      <td className={style.extra}>
        <code className={style.path}>{step.path}</code>
      </td>
      <td className={style.extra}>{hasRun && step.kind === 'join' ? <Keys {...step} /> : <code>{keys}</code>}</td>
      <td className={style.extra}>{step.kind === 'join' && <Badge>{step.batch}</Badge>}</td>
      <td className={style.extra} data-number>{hasRun && (step.requests?.length ?? 0)}</td>
      <td className={style.extra} data-number>{hasRun && byteCount(row.bytes)}</td>
      <td className={style.timeline}>
        <div className={style.track} aria-hidden="true">
          {ticks.map(({ left, label }) => (
            <span key={label} className={style.line} style={{ left: `${left}%` }} />
          ))}
          {row.bar && <span className={style.span} style={place(row.bar)} />}
          {row.requestBars.map((bar, index) => (
            <span key={index} className={classes(style.bar, row.outcome.kind === 'failed' && style.failed)} style={place(bar)} />
          ))}
        </div>
      </td>
      <td data-number>
        <Result row={row} />
      </td>
    </tr>
  );
}

function Keys({ keysIn = 0, keysUnique = 0 }: { keysIn?: number; keysUnique?: number }) {
  return <span title={`${keysIn} places with a key, ${keysUnique} different keys`}>{keysIn === keysUnique ? keysIn : `${keysIn} → ${keysUnique} unique`}</span>;
}

function Result({ row: { step, outcome } }: { row: PlanRow }): ReactNode {
  switch (outcome.kind) {
    case 'planned':
      return null;
    case 'skipped':
      return <span className={style.quiet}>no keys</span>;
    case 'failed':
      return (
        <Badge tone="bad" icon={<CircleAlert aria-hidden="true" />}>
          failed
        </Badge>
      );
    case 'answered':
      return (
        <span title={`Status ${outcome.status}`}>
          {outcome.status !== 200 && <Badge tone="warn">{outcome.status}</Badge>} {milliseconds(step.durNs ?? 0)}
        </span>
      );
  }
}

/** The label of a tick that is near the end would stand out of the table. */
const LAST_LABEL = 88;

function Axis({ ticks }: { ticks: Tick[] }) {
  return (
    <span className={style.axis}>
      {ticks.map(({ left, label }) => (
        <span key={label} className={left > LAST_LABEL ? style.atEnd : undefined} style={{ left: `${left}%` }}>
          {label}
        </span>
      ))}
    </span>
  );
}

const place = ({ left, width }: { left: number; width: number }) => ({ left: `${left}%`, width: `${width}%` });
