import { expect, test } from 'vitest';
import { hueIndex } from './hue';

test('the colour of a name never changes', () => {
  expect(['countries', 'weather', 'rates', 'places'].map(hueIndex)).toEqual([6, 3, 1, 6]);
});

test('many names use all eight colours about evenly', () => {
  const uses = Array.from({ length: 8 }, () => 0);
  for (let name = 0; name < 800; name++) uses[hueIndex(`remote_${name}`)]! += 1;
  for (const n of uses) expect(n).toBeGreaterThan(60);
});
