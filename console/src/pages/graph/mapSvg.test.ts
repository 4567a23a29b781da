import { describe, expect, it } from 'vitest';
import type { Overview } from '../../api/api';
import { scaleOf } from './exportMap';
import { graphModel } from './graphModel';
import { heightOf, layout, WIDTH } from './layout';
import { mapSvg, type Colours } from './mapSvg';
import { overview, remote, rows } from './sampleGraph';

const colours: Colours = {
  background: 'rgb(1, 1, 1)',
  panel: 'rgb(2, 2, 2)',
  line: 'rgb(3, 3, 3)',
  text: 'rgb(4, 4, 4)',
  faint: 'rgb(5, 5, 5)',
  type: 'rgb(6, 6, 6)',
  ok: 'rgb(7, 7, 7)',
  warn: 'rgb(8, 8, 8)',
  bad: 'rgb(9, 9, 9)',
  ofRemote: (remote) => (remote === 'users' ? 'rgb(10, 10, 10)' : 'rgb(11, 11, 11)'),
};

function draw({ of = overview, expanded = [] as string[], role = null as string | null } = {}) {
  const model = graphModel(of, rows, { focus: null, role, onlyBroken: false }, new Map(expanded.map((name) => [name, undefined])));
  return { model, ...mapSvg(model, layout(model.nodes, model.edges), colours) };
}
const textsOf = (svg: string) => [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, words]) => words);
const nEdgesOf = (svg: string) => svg.match(/marker-end=/g)?.length;

describe('the map as SVG', () => {
  it('has every remote schema with its state, and every edge with its number of relationships', () => {
    const { svg, model } = draw();
    expect(textsOf(svg)).toEqual(expect.arrayContaining(['orders', 'users', 'places', 'alone', 'healthy', 'no schema, 0 out, 0 in', 'No relationships on its types', 'Joined: Order', '2', '1']));
    expect(nEdgesOf(svg)).toBe(model.edges.length);
  });

  it('has the fields of what is expanded, each with an edge', () => {
    const { svg, model } = draw({ expanded: ['orders'] });
    expect(textsOf(svg)).toEqual(expect.arrayContaining(['Order', 'buyer', 'seller']));
    expect(nEdgesOf(svg)).toBe(model.edges.length);
  });

  it('has what is broken in its colour, and what a role does not see faded', () => {
    const { svg } = draw({ expanded: ['users'], role: 'user' });
    expect(svg).toContain('fill="rgb(9, 9, 9)" font-size="12" font-family="\'JetBrains Mono\', ui-monospace, monospace">city (not served)<');
    expect(svg.match(/stroke-dasharray/g)).toHaveLength(1);
    expect(svg).toContain('opacity="0.35"');
    expect(draw().svg).not.toContain('opacity');
  });

  it('has room for all nodes, wherever they stand', () => {
    const { model } = draw();
    const far = new Map(model.nodes.map(({ remote }, index) => [remote.name, { x: index * 1000 - 500, y: -index * 100 }]));
    const { svg, width, height } = mapSvg(model, far, colours);
    const [left = NaN, top = NaN, across, down] = /viewBox="([^"]*)"/.exec(svg)?.[1]?.split(' ').map(Number) ?? [];
    expect([across, down]).toEqual([width, height]);
    for (const node of model.nodes) {
      const { x, y } = far.get(node.remote.name) ?? { x: NaN, y: NaN };
      expect(x).toBeGreaterThan(left);
      expect(y).toBeGreaterThan(top);
      expect(x + WIDTH).toBeLessThan(left + width);
      expect(y + heightOf(node)).toBeLessThan(top + height);
    }
  });

  it('is well-formed whatever names are, and cuts what is too long', () => {
    const names = ['a<b>&"c"', 'x'.repeat(300), 'bell\u0007'];
    const { svg } = draw({ of: { ...overview, remote_schemas: names.map((name) => remote(name)) } satisfies Overview });
    expect(textsOf(svg)).toEqual(expect.arrayContaining(['a&lt;b&gt;&amp;&quot;c&quot;', 'bell']));
    expect(svg).toMatch(/>x{10,30}…</);
    expect(svg).not.toContain('x'.repeat(40));
  });
});

it('large maps are drawn with fewer pixels, and never with more than a canvas has', () => {
  expect(scaleOf(1200, 800)).toBe(2);
  for (const [width, height] of [
    [20_000, 100],
    [12_000, 12_000],
  ] as const) {
    const scale = scaleOf(width, height);
    expect(Math.max(width, height) * scale).toBeLessThanOrEqual(16_000);
    expect(width * height * scale * scale).toBeLessThanOrEqual(64_000_001);
  }
});
