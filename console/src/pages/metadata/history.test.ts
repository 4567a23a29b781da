import { expect, test } from 'vitest';
import { ago, sourceOf } from './history';

test('times are told by the largest unit that fits', () => {
  const now = Date.parse('2026-01-10T12:00:00Z');
  const told = ['2026-01-10T11:59:58Z', '2026-01-10T11:59:20Z', '2026-01-10T11:58:30Z', '2026-01-10T09:00:00Z', '2026-01-03T12:00:00Z', '2026-01-10T13:00:00Z'];
  expect(told.map((at) => ago(at, now))).toEqual(['just now', '40 seconds ago', '1 minute ago', '3 hours ago', '7 days ago', 'just now']);
});

test('sources have names for people, also those that we do not know', () => {
  expect(sourceOf({ source: 'cli' })).toBe('the command line');
  expect(sourceOf({ source: 'robot' })).toBe('robot');
});
