import { expect, test } from 'vitest';
import { sourceOf } from './history';

test('sources have names for people, also those that we do not know', () => {
  expect(sourceOf({ source: 'cli' })).toBe('the command line');
  expect(sourceOf({ source: 'robot' })).toBe('robot');
});
