import { expect, test } from 'vitest';
import { moveBy, rowsOf, tickOf, typeAhead, withTick, type TreeNode, type TreeView } from './treeModel';

const NODES: TreeNode[] = [
  {
    id: 'Query',
    label: 'Query',
    children: [
      { id: 'Query.country', label: 'country', children: [{ id: 'Query.country.code', label: 'code' }] },
      { id: 'Query.countries', label: 'countries' },
    ],
  },
  { id: 'Country', label: 'Country', isLazy: true },
  { id: 'Currency', label: 'Currency', children: [] },
];

function rows(view: Partial<TreeView<TreeNode>> = {}) {
  return rowsOf({ nodes: NODES, loaded: new Map(), open: new Set(), filter: '', ...view });
}

/** Indented, with what opens marked. */
function drawn(view?: Partial<TreeView<TreeNode>>) {
  return rows(view).map(({ node, level, isOpen }) => '  '.repeat(level - 1) + (isOpen === null ? '' : isOpen ? '-' : '+') + node.label);
}

test('what is closed hides what is below it', () => {
  expect(drawn()).toEqual(['+Query', '+Country', 'Currency']);
  expect(drawn({ open: new Set(['Query', 'Query.country']) })).toEqual(['-Query', '  -country', '    code', '  countries', '+Country', 'Currency']);
  expect(drawn({ open: new Set(['Query.country']) })).toEqual(['+Query', '+Country', 'Currency']);
});

test('children that are loaded later appear below their parent', () => {
  const loaded = new Map([['Country', [{ id: 'Country.name', label: 'name' }]]]);
  expect(drawn({ open: new Set(['Country']), loaded })).toEqual(['+Query', '-Country', '  name', 'Currency']);
});

test('rows know their place among their siblings and their parent', () => {
  const places = rows({ open: new Set(['Query']) }).map(({ node, position, siblings, parent }) => [node.label, position, siblings, parent]);
  expect(places).toEqual([
    ['Query', 1, 3, -1],
    ['country', 1, 2, 0],
    ['countries', 2, 2, 0],
    ['Country', 2, 3, -1],
    ['Currency', 3, 3, -1],
  ]);
});

test('a filter shows what fits and the way to it', () => {
  expect(drawn({ filter: 'code' })).toEqual(['-Query', '  -country', '    code']);
  expect(drawn({ filter: 'COUNTRIES' })).toEqual(['-Query', '  countries']);
  expect(drawn({ filter: 'no such' })).toEqual([]);
});

test('what is below something that fits can be opened', () => {
  expect(drawn({ filter: 'query' })).toEqual(['+Query']);
  expect(drawn({ filter: 'query', open: new Set(['Query']) })).toEqual(['-Query', '  +country', '  countries']);
});

test('keys move as in every tree', () => {
  const open = rows({ open: new Set(['Query']) });
  expect(moveBy('ArrowDown', open, 0, 10)).toEqual({ to: 1 });
  expect(moveBy('ArrowUp', open, 0, 10)).toEqual({ to: 0 });
  expect(moveBy('End', open, 0, 10)).toEqual({ to: 4 });
  expect(moveBy('PageDown', open, 0, 3)).toEqual({ to: 3 });
  expect(moveBy('ArrowRight', open, 0, 10)).toEqual({ to: 1 });
  expect(moveBy('ArrowRight', open, 1, 10)).toEqual({ open: 1 });
  expect(moveBy('ArrowRight', open, 2, 10)).toBeNull();
  expect(moveBy('ArrowLeft', open, 0, 10)).toEqual({ close: 0 });
  expect(moveBy('ArrowLeft', open, 2, 10)).toEqual({ to: 0 });
  expect(moveBy('ArrowLeft', open, 4, 10)).toBeNull();
  expect(moveBy('x', open, 0, 10)).toBeNull();
  expect(moveBy('ArrowDown', [], 0, 10)).toBeNull();
});

test('an open node with nothing below it yet has nowhere to go to the right', () => {
  const open = rows({ open: new Set(['Country']) });
  expect(moveBy('ArrowRight', open, 1, 10)).toBeNull();
});

test('typing goes to what begins so, and comes round', () => {
  const all = rows();
  expect(typeAhead(all, 0, 'c')).toBe(1);
  expect(typeAhead(all, 1, 'c')).toBe(2);
  expect(typeAhead(all, 2, 'cc')).toBe(1);
  expect(typeAhead(all, 0, 'cur')).toBe(2);
  expect(typeAhead(all, 2, 'cur')).toBe(2);
  expect(typeAhead(all, 0, 'zz')).toBeNull();
});

test('the tick of a node is that of its leaves', () => {
  const [query] = NODES;
  if (!query) throw new Error('there is one');
  expect(tickOf(query, new Set())).toBe(false);
  expect(tickOf(query, new Set(['Query.countries']))).toBe('mixed');
  const all = withTick(query, true, new Set(['other']));
  expect([...all].sort()).toEqual(['Query.countries', 'Query.country.code', 'other']);
  expect(tickOf(query, all)).toBe(true);
  expect([...withTick(query, false, all)]).toEqual(['other']);
});

test('what cannot be chosen is not ticked with its parent', () => {
  const node: TreeNode = { id: 'a', label: 'a', children: [{ id: 'b', label: 'b', disabledReason: 'no' }, { id: 'c', label: 'c' }] };
  expect([...withTick(node, true, new Set())]).toEqual(['c']);
});
