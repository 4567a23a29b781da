// The map as an SVG of its own, drawn from the model: it needs no style sheet, and shows all of the map, not only what is in view.
import { healthOf } from '../../kit/HealthPill';
import { routeOf, type Route } from './edgeRoute';
import { countsText, type GraphModel, type MapEdge, type MapNode } from './graphModel';
import { heightOf, rowsOf, WIDTH, type Position, type Row } from './layout';

/** Colours as SVG can have them: those of the page are functions of its theme. */
export interface Colours {
  background: string;
  panel: string;
  line: string;
  text: string;
  faint: string;
  type: string;
  ok: string;
  warn: string;
  bad: string;
  ofRemote: (remote: string) => string;
}

export interface Drawing {
  svg: string;
  width: number;
  height: number;
}

/** Room around the nodes, for edges that lead back. */
const MARGIN = 64;
const FADED = 0.35;
const PADDING = 14;

/** How wide a letter is, on the average, of its size; in the fonts that stand in for ours where somebody does not have them. */
const SANS = 0.48;
/** A single word may be all wide letters. */
const WORD = 0.6;
const BOLD = 0.68;
const MONO = 0.61;

export function mapSvg({ nodes, edges }: GraphModel, positions: ReadonlyMap<string, Position>, colours: Colours): Drawing {
  const placed = nodes.map((node) => ({ node, position: positions.get(node.remote.name) ?? { x: 0, y: 0 } }));
  const byName = new Map(placed.map((one) => [one.node.remote.name, one]));
  const left = Math.min(...placed.map(({ position }) => position.x)) - MARGIN;
  const top = Math.min(...placed.map(({ position }) => position.y)) - MARGIN;
  const width = Math.ceil(Math.max(...placed.map(({ position }) => position.x + WIDTH)) + MARGIN - left);
  const height = Math.ceil(Math.max(...placed.map(({ node, position }) => position.y + heightOf(node))) + MARGIN - top);
  const routes = edges.flatMap((edge) => {
    const source = byName.get(edge.source);
    const target = byName.get(edge.target);
    if (!source || !target) return [];
    return [{ edge, route: routeOf(edge, source, target), colour: edge.isBroken ? colours.bad : colours.ofRemote(edge.target) }];
  });
  const strokes = [...new Set(routes.map(({ colour }) => colour))];
  const svg = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="${round(left)} ${round(top)} ${width} ${height}" font-family="Inter, system-ui, sans-serif" font-size="13">`,
    '<title>Map of remote schemas and relationships</title>',
    `<defs>${strokes.map(arrow).join('')}</defs>`,
    `<rect x="${round(left)}" y="${round(top)}" width="${width}" height="${height}" fill="${escaped(colours.background)}"/>`,
    ...routes.map(({ edge, route, colour }) => line(edge, route, colour, `arrow-${strokes.indexOf(colour)}`)),
    ...placed.map(({ node, position }) => box(node, position, colours)),
    // Above all, or a node hides it.
    ...routes.flatMap(({ edge, route }) => (edge.field === null ? [label(edge, route, colours)] : [])),
    '</svg>',
  ];
  return { svg: svg.join('\n'), width, height };
}

function arrow(colour: string, index: number): string {
  return `<marker id="arrow-${index}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="9" markerHeight="9" markerUnits="userSpaceOnUse" orient="auto-start-reverse"><path d="M0 0L10 5L0 10z" fill="${escaped(colour)}"/></marker>`;
}

function line(edge: MapEdge, { path }: Route, colour: string, arrow: string): string {
  const dashes = edge.isBroken ? ' stroke-dasharray="6 4"' : '';
  return `<path d="${path}" fill="none" stroke="${escaped(colour)}" stroke-width="1.6"${dashes}${faded(edge.isFaded)} marker-end="url(#${arrow})"/>`;
}

function label({ relationships, isFaded }: MapEdge, { labelX, labelY }: Route, colours: Colours): string {
  const count = String(relationships.length);
  const width = count.length * 8 + 10;
  return (
    `<g${faded(isFaded)}><rect x="${round(labelX - width / 2)}" y="${round(labelY - 9)}" width="${width}" height="18" rx="4" fill="${escaped(colours.panel)}"/>` +
    `${text(count, labelX, labelY + 4, colours.text, 'font-size="11" text-anchor="middle"')}</g>`
  );
}

function box(node: MapNode, { x, y }: Position, colours: Colours): string {
  const { remote, isFaded, isExpanded, types } = node;
  const { state, label: health } = healthOf(remote.health);
  const healthColour = state === 'none' ? colours.faint : colours[state];
  const hue = colours.ofRemote(remote.name);
  const height = heightOf(node);
  const right = x + WIDTH - PADDING;
  const nameWidth = WIDTH - 2 * PADDING - widthOf(health, 12, WORD) - 18;
  const joined = types.length > 0 ? `Joined: ${types.map(({ name }) => name).join(', ')}` : 'No relationships on its types';
  return [
    `<g${faded(isFaded)}>`,
    `<rect x="${round(x)}" y="${round(y)}" width="${WIDTH}" height="${height}" rx="12" fill="${escaped(colours.panel)}" stroke="${escaped(colours.line)}"/>`,
    `<rect x="${round(x)}" y="${round(y + 10)}" width="4" height="${height - 20}" rx="2" fill="${escaped(hue)}"/>`,
    text(cut(remote.name, nameWidth, 13, BOLD), x + PADDING, y + 27, hue, 'font-weight="600"'),
    `<circle cx="${round(right - widthOf(health, 12, WORD) - 9)}" cy="${round(y + 23)}" r="3.5" fill="${escaped(healthColour)}"/>`,
    text(health, right, y + 27, healthColour, 'font-size="12" text-anchor="end"'),
    text(cut(countsText(remote), WIDTH - 2 * PADDING, 12, SANS), x + PADDING, y + 50, colours.faint, 'font-size="12"'),
    text(isExpanded ? 'Types' : cut(joined, WIDTH - 2 * PADDING, 12, SANS), x + PADDING, y + 74, colours.faint, 'font-size="12"'),
    ...rowsOf(node).map((row) => rowText(row, x, y, hue, colours)),
    '</g>',
  ].join('');
}

function rowText(row: Row, x: number, y: number, hue: string, colours: Colours): string {
  const { kind, field, isBroken, isFaded } = row;
  const indent = kind === 'field' ? 12 : 0;
  const colour = { type: colours.type, field: isBroken ? colours.bad : colours.text, more: colours.faint }[kind];
  const words = cut(isBroken ? `${row.text} (not served)` : row.text, WIDTH - 2 * PADDING - indent, 12, MONO);
  const dot = field === null ? '' : `<circle cx="${round(x + WIDTH)}" cy="${round(y + row.middle)}" r="3.5" fill="${escaped(hue)}"/>`;
  return `<g${faded(isFaded)}>${text(words, x + PADDING + indent, y + row.middle + 4, colour, `font-size="12" font-family="'JetBrains Mono', ui-monospace, monospace"`)}${dot}</g>`;
}

function text(words: string, x: number, y: number, colour: string, rest: string): string {
  return `<text x="${round(x)}" y="${round(y)}" fill="${escaped(colour)}" ${rest}>${escaped(words)}</text>`;
}

/** Cuts what is wider than there is room. */
function cut(words: string, width: number, size: number, letter: number): string {
  const nLetters = Math.max(1, Math.floor(width / (size * letter)));
  const letters = [...words];
  return letters.length <= nLetters ? words : `${letters.slice(0, nLetters - 1).join('')}…`;
}

function widthOf(words: string, size: number, letter: number): number {
  return words.length * size * letter;
}

const faded = (isFaded: boolean) => (isFaded ? ` opacity="${FADED}"` : '');
const round = (value: number) => Math.round(value * 10) / 10;

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** XML forbids some characters even when they are escaped. */
function escaped(words: string): string {
  return words.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '').replace(/[&<>"]/g, (character) => ESCAPES[character] ?? '');
}
