import { expect, test } from 'vitest';
import type { JoinPlan } from '../../api/api';
import { byteCount, milliseconds, viewOf, type PlanStep } from './plan';

const MS = 1_000_000;

function step(id: number, dependsOn: number[], startMs: number, durMs: number, more: Partial<PlanStep> = {}): PlanStep {
  const query = '{a}';
  const request = { startNs: startMs * MS, durNs: durMs * MS, status: 200, bytes: 100, query, error: null };
  const planned = { id, dependsOn, kind: dependsOn.length > 0 ? 'join' : 'root', schema: `s${id}`, field: 'f', path: 'p', batch: 'alias', keys: [], query };
  return { ...planned, keysIn: 3, keysUnique: 2, rowsOut: 3, startNs: startMs * MS, durNs: durMs * MS, requests: [request], ...more };
}

function plan(totalMs: number | undefined, steps: PlanStep[]): JoinPlan {
  return { version: 1, totalNs: totalMs === undefined ? undefined : totalMs * MS, minRequests: 1, maxRequests: 200, steps };
}

/** A root, two joins beside each other, and one below the first of them. */
const trip = plan(200, [step(0, [], 0, 40), step(1, [0], 50, 60), step(2, [0], 50, 20), step(3, [1], 110, 80)]);

test('steps stand below the one they wait for', () => {
  expect(viewOf(trip).rows.map(({ step, depth }) => [step.id, depth])).toEqual([[0, 0], [1, 1], [3, 2], [2, 1]]);
});

test('a step that waits for two stands below the later one, once', () => {
  const { rows } = viewOf(plan(100, [step(0, [], 0, 10), step(1, [0], 10, 10), step(2, [0, 1], 20, 10)]));
  expect(rows.map(({ step, depth }) => [step.id, depth])).toEqual([[0, 0], [1, 1], [2, 2]]);
});

test('bars are as long as the time they took', () => {
  const bars = viewOf(trip).rows.map(({ bar }) => bar);
  expect(bars).toEqual([{ left: 0, width: 20 }, { left: 25, width: 30 }, { left: 55, width: 40 }, { left: 25, width: 10 }]);
});

test('each request has its bar', () => {
  const request = { startNs: 0, durNs: 10 * MS, status: 200, bytes: 1, query: '', error: null };
  const { rows } = viewOf(plan(40, [step(0, [], 0, 40, { requests: [request, { ...request, startNs: 20 * MS, durNs: 20 * MS }] })]));
  expect(rows[0]?.requestBars).toEqual([{ left: 0, width: 25 }, { left: 50, width: 50 }]);
});

test('an answer after the end still has its place', () => {
  expect(viewOf(plan(50, [step(0, [], 0, 100)])).rows[0]?.bar).toEqual({ left: 0, width: 100 });
});

test('a run in no time has bars without length', () => {
  const view = viewOf(plan(0, [step(0, [], 0, 0)]));
  expect(view.rows[0]?.bar).toEqual({ left: 0, width: 0 });
  expect(view.ticks).toEqual([]);
});

test('ticks are round and do not pass the end', () => {
  expect(viewOf(trip).ticks.map(({ label }) => label)).toEqual(['0 ms', '50 ms', '100 ms', '150 ms', '200 ms']);
  expect(viewOf(plan(7, [step(0, [], 0, 7)])).ticks).toEqual([0, 2, 4, 6].map((ms) => ({ left: (ms * 100) / 7, label: `${ms} ms` })));
});

test('the critical path leads through what was waited for', () => {
  const view = viewOf(trip);
  expect(view.criticalPath.map(({ id }) => id)).toEqual([0, 1, 3]);
  expect(view.rows.filter(({ isCritical }) => !isCritical).map(({ step }) => step.id)).toEqual([2]);
});

test('totals count requests, and those that batching saved', () => {
  expect(viewOf(trip).totals).toEqual({ durNs: 200 * MS, requests: 4, bytes: 400, requestsWithoutBatching: 10 });
});

test('a plan that was not run has no bars and no totals', () => {
  const { keysIn, keysUnique, rowsOut, startNs, durNs, requests, ...planned } = step(0, [], 0, 10);
  const view = viewOf(plan(undefined, [planned]));
  expect(view.totals).toBeNull();
  expect(view.rows[0]).toMatchObject({ bar: null, outcome: { kind: 'planned' }, isCritical: false });
});

test('a step without keys was skipped', () => {
  const view = viewOf(plan(60, [step(0, [], 0, 40), step(1, [0], 0, 0, { requests: [], keysIn: 0, keysUnique: 0 })]));
  expect(view.rows[1]).toMatchObject({ bar: null, outcome: { kind: 'skipped' } });
  expect(view.criticalPath.map(({ id }) => id)).toEqual([0]);
});

test('one failed request fails its step, and says why', () => {
  const good = { startNs: 0, durNs: MS, status: 200, bytes: 1, query: '', error: null };
  const { rows } = viewOf(plan(10, [step(0, [], 0, 10, { requests: [good, { ...good, status: null, error: 'timed out' }] })]));
  expect(rows[0]?.outcome).toEqual({ kind: 'failed', reason: 'timed out' });
});

test('several requests for one join are worth a word, unless they are lists already', () => {
  const request = { startNs: 0, durNs: MS, status: 200, bytes: 1, query: '', error: null };
  const many = { requests: [request, request], keysUnique: 100, maxKeys: 64 };
  const of = (batch: string) => viewOf(plan(10, [step(0, [], 0, 1), step(1, [0], 1, 2, { ...many, batch })])).advice;
  expect(of('alias')).toMatchObject([{ remote: 's0', message: expect.stringContaining('2 requests for 100 keys, at most 64 in each') }]);
  expect(of('list')).toEqual([]);
  expect(viewOf(trip).advice).toEqual([]);
});

test('times and sizes are short', () => {
  expect([0, 0.83, 9.4, 41.2, 999.4, 999.6, 2_440, 12_300].map((ms) => milliseconds(ms * MS))).toEqual(['0 ms', '0.8 ms', '9.4 ms', '41 ms', '999 ms', '1 s', '2.4 s', '12 s']);
  expect([812, 1024, 1229, 3 * 1024 * 1024].map(byteCount)).toEqual(['812 B', '1 KiB', '1.2 KiB', '3 MiB']);
});
