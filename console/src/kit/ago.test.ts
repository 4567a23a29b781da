import { expect, test } from 'vitest';
import { ago } from './ago';

test('times are told in the largest unit that fits', () => {
  const now = Date.parse('2026-03-10T12:00:00Z');
  const all = ['2026-03-10T12:00:05Z', '2026-03-10T11:59:01Z', '2026-03-10T11:59:00Z', '2026-03-10T10:00:00Z', '2026-03-06T12:00:00Z', 'soon'];
  expect(all.map((at) => ago(at, now))).toEqual(['just now', 'just now', '1 minute ago', '2 hours ago', '4 days ago', 'soon']);
});
