import { expect, test } from 'vitest';
import { hslParts } from './graphiqlTheme';

test.each([
  ['#4338ca', '244.5, 57.9%, 50.6%'],
  ['#ffffff', '0, 0%, 100%'],
  ['#000000', '0, 0%, 0%'],
  ['#ff0000', '0, 100%, 50%'],
  ['#00ff00', '120, 100%, 50%'],
  ['#ff00ff', '300, 100%, 50%'],
])('%s is hsl(%s)', (hex, parts) => {
  expect(hslParts(hex)).toBe(parts);
});
