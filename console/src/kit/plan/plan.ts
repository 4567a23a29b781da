// What a join plan looks like: the order and depth of its rows, where their bars are, what took the time, and what could be better.
import type { JoinPlan } from '../../api/api';

export type PlanStep = JoinPlan['steps'][number];

/** Where a bar is, in hundredths of the whole width. */
export interface Bar {
  left: number;
  width: number;
}

export interface PlanRow {
  step: PlanStep;
  /** How far it is indented: 0 for a root. */
  depth: number;
  /** Absent when the plan was not run, or the step had nothing to ask. */
  bar: Bar | null;
  /** One for each upstream request. */
  requestBars: Bar[];
  /** Whether the whole would have been faster had this step been. */
  isCritical: boolean;
  bytes: number;
  outcome: StepOutcome;
}

export type StepOutcome = { kind: 'planned' } | { kind: 'skipped' } | { kind: 'answered'; status: number } | { kind: 'failed'; reason: string };

export interface Tick {
  left: number;
  label: string;
}

/** A relationship that could ask less often. */
export interface Advice {
  step: PlanStep;
  /** Whose relationships to look at. */
  remote: string;
  message: string;
}

export interface PlanView {
  rows: PlanRow[];
  ticks: Tick[];
  /** Steps that waited for each other and made up the time, the first one first. */
  criticalPath: PlanStep[];
  /** Absent when the plan was not run. */
  totals: { durNs: number; requests: number; bytes: number; requestsWithoutBatching: number } | null;
  advice: Advice[];
}

export function viewOf(plan: JoinPlan): PlanView {
  const hasRun = plan.totalNs !== undefined;
  const spanNs = Math.max(plan.totalNs ?? 0, ...plan.steps.map(endOf));
  const criticalPath = hasRun ? criticalPathOf(plan.steps) : [];
  const rows = inOrder(plan.steps).map(({ step, depth }) => ({
    step,
    depth,
    bar: hasRun && wasTaken(step) ? barOf(step.startNs ?? 0, step.durNs ?? 0, spanNs) : null,
    requestBars: (step.requests ?? []).map(({ startNs, durNs }) => barOf(startNs, durNs, spanNs)),
    isCritical: criticalPath.includes(step),
    bytes: sum(step.requests ?? [], ({ bytes }) => bytes),
    outcome: outcomeOf(step, hasRun),
  }));
  return {
    rows,
    ticks: hasRun ? ticksOf(spanNs) : [],
    criticalPath,
    totals: hasRun
      ? {
          durNs: plan.totalNs ?? 0,
          requests: sum(plan.steps, ({ requests = [] }) => requests.length),
          bytes: sum(rows, ({ bytes }) => bytes),
          requestsWithoutBatching: sum(plan.steps, requestsWithoutBatching),
        }
      : null,
    advice: plan.steps.flatMap((step) => adviceFor(step, plan.steps)),
  };
}

/** Each step below the one whose answer it waits for; of several, below the one that comes last in the plan. */
function inOrder(steps: PlanStep[]): { step: PlanStep; depth: number }[] {
  const isBelow = (parent: number | undefined) => (step: PlanStep) => (step.dependsOn.length > 0 ? Math.max(...step.dependsOn) : undefined) === parent;
  const below = (parent: number | undefined, depth: number): { step: PlanStep; depth: number }[] =>
    steps.filter(isBelow(parent)).flatMap((step) => [{ step, depth }, ...below(step.id, depth + 1)]);
  return below(undefined, 0);
}

/** From the answer that came last back to the first request, always by way of the one that was waited for longest. */
function criticalPathOf(steps: PlanStep[]): PlanStep[] {
  const path: PlanStep[] = [];
  let last = latest(steps.filter(wasTaken));
  while (last) {
    path.unshift(last);
    const { dependsOn } = last;
    last = latest(steps.filter((step) => dependsOn.includes(step.id) && wasTaken(step)));
  }
  return path;
}

function latest(steps: PlanStep[]): PlanStep | undefined {
  return steps.reduce<PlanStep | undefined>((late, step) => (late && endOf(late) >= endOf(step) ? late : step), undefined);
}

function barOf(startNs: number, durNs: number, spanNs: number): Bar {
  if (spanNs === 0) return { left: 0, width: 0 };
  return { left: (startNs * 100) / spanNs, width: (durNs * 100) / spanNs };
}

/** Between two and five round numbers from 0 on. */
function ticksOf(spanNs: number): Tick[] {
  if (spanNs === 0) return [];
  const rough = spanNs / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const distance = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  const n_ticks = Math.floor(spanNs / distance) + 1;
  return Array.from({ length: n_ticks }, (_, index) => ({ left: (index * distance * 100) / spanNs, label: milliseconds(index * distance) }));
}

function outcomeOf(step: PlanStep, hasRun: boolean): StepOutcome {
  if (!hasRun) return { kind: 'planned' };
  const requests = step.requests ?? [];
  const failed = requests.find(({ error, status }) => error !== null || status === null);
  if (failed) return { kind: 'failed', reason: failed.error ?? 'no answer' };
  const statuses = requests.map(({ status }) => status ?? 0);
  return statuses.length > 0 ? { kind: 'answered', status: Math.max(...statuses) } : { kind: 'skipped' };
}

/** A join without batching asks once for each place that has a key. */
function requestsWithoutBatching({ kind, keysIn = 0, requests = [] }: PlanStep): number {
  return kind === 'join' ? Math.max(keysIn, requests.length) : requests.length;
}

function adviceFor(step: PlanStep, steps: PlanStep[]): Advice[] {
  const { batch, requests = [], keysUnique = 0 } = step;
  const remote = steps.find(({ id }) => step.dependsOn.includes(id))?.schema;
  if (remote === undefined || step.kind !== 'join' || batch === 'list' || requests.length < 2) return [];
  const most = step.maxKeys === undefined ? '' : `, at most ${step.maxKeys} in each`;
  const message = `${step.schema}.${step.field} was asked in ${requests.length} requests for ${keysUnique} keys${most}. If it has a field that takes a list of keys, the relationship can ask for all of them at once.`;
  return [{ step, remote, message }];
}

const wasTaken = (step: PlanStep) => (step.requests ?? []).length > 0;
const endOf = ({ startNs = 0, durNs = 0 }: PlanStep) => startNs + durNs;

function sum<T>(items: T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}

/** `0.8 ms`, `41 ms`, `2.4 s`. */
export function milliseconds(ns: number): string {
  const ms = ns / 1e6;
  if (ms >= 9_950) return `${Math.round(ms / 1e3)} s`;
  if (ms >= 999.5) return `${trimmed(ms / 1e3)} s`;
  return `${ms < 9.95 ? trimmed(ms) : Math.round(ms)} ms`;
}

/** `812 B`, `1.2 KiB`. */
export function byteCount(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const kib = bytes / 1024;
  return kib < 1024 ? `${trimmed(kib)} KiB` : `${trimmed(kib / 1024)} MiB`;
}

const trimmed = (value: number) => value.toFixed(1).replace(/\.0$/, '');

/** `1 request`, `4 requests`. */
export function counted(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}
