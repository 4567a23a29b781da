import { describe, expect, it } from 'vitest';
import { MOST, parsePositions, positionsText, readPositions, withMoved, withoutRemoved, writePositions } from './positions';

const at = (x: number, y: number) => ({ x, y });
const some = new Map([
  ['orders', at(10, -20)],
  ['users', at(300, 40)],
]);

describe('positions of the map', () => {
  it('are kept for this gateway, until there are none', () => {
    const key = 'conjoin.map http://gateway.test/prefix/';
    writePositions(some);
    expect(localStorage.getItem(key)).toBe('[["orders",10,-20],["users",300,40]]');
    expect(readPositions()).toEqual(some);
    writePositions(new Map());
    expect([localStorage.getItem(key), readPositions().size]).toEqual([null, 0]);
  });

  it('are read whole where they are sound', () => expect(parsePositions(positionsText(some))).toEqual(some));

  it.each([null, '', '{', '7', '{"orders":[1,2]}', '"text"', '[1, null, ["a"], ["a", "1", 2], ["a", 1, null]]'])('are none in %s', (text) => {
    expect(parsePositions(text).size).toBe(0);
  });

  it('are those that are sound among others', () => expect(parsePositions('[["a", 1, 2], ["b", null, 2]]')).toEqual(new Map([['a', at(1, 2)]])));

  it('change for what is moved, which is then the last to be forgotten', () => {
    const moved = withMoved(some, new Map([['orders', at(1, 1)]]));
    expect([...moved]).toEqual([
      ['users', at(300, 40)],
      ['orders', at(1, 1)],
    ]);
  });

  it('are bounded, also when more are stored', () => {
    const many = new Map(Array.from({ length: MOST }, (_, index) => [`remote ${index}`, at(index, 0)]));
    const next = withMoved(many, new Map([['new', at(0, 0)]]));
    expect([next.size, next.has('remote 0'), next.has('new')]).toEqual([MOST, false, true]);
    expect(parsePositions(JSON.stringify([['first', 0, 0], ...[...many].map(([name]) => [name, 0, 0])])).has('first')).toBe(false);
  });

  it('go with the remote schema, and stay when others come', () => {
    expect([...withoutRemoved(some, new Set(['users', 'new'])).keys()]).toEqual(['users']);
    expect(withoutRemoved(some, new Set(['orders', 'users', 'new']))).toBe(some);
  });
});
