// Where the nodes of the map stand, in ranks from left to right along the relationships, and where the rows in them do.
import dagre from '@dagrejs/dagre';
import { fromField } from './connection';
import type { MapEdge, MapNode } from './graphModel';

export const WIDTH = 236;
const HEAD = 98;
/** Where the first row begins. */
const FIRST = 84;
const ROW = 24;
/** Before each type. */
const GAP = 6;

export interface Position {
  x: number;
  y: number;
}

/** A line of a node that is expanded. */
export interface Row {
  kind: 'type' | 'field' | 'more';
  text: string;
  /** The handle of a joined field. */
  field: string | null;
  isBroken: boolean;
  isFaded: boolean;
  /** From the upper end of the node. */
  middle: number;
}

export function rowsOf({ isExpanded, types, otherTypes, nMoreTypes }: MapNode): Row[] {
  const rows: Row[] = [];
  if (!isExpanded) return rows;
  let end = FIRST;
  const add = (row: Pick<Row, 'kind' | 'text'> & Partial<Row>) => {
    end += ROW + (row.kind === 'type' ? GAP : 0);
    rows.push({ field: null, isBroken: false, isFaded: false, ...row, middle: end - ROW / 2 });
  };
  for (const { name, fields } of types) {
    add({ kind: 'type', text: name });
    for (const field of fields) add({ kind: 'field', text: field.name, field: fromField(name, field.name), isBroken: field.isBroken, isFaded: field.isFaded });
  }
  for (const name of otherTypes) add({ kind: 'type', text: name });
  if (nMoreTypes > 0) add({ kind: 'more', text: moreText(nMoreTypes) });
  return rows;
}

export const moreText = (nMoreTypes: number) => `and ${nMoreTypes} more ${nMoreTypes === 1 ? 'type' : 'types'}`;

export function heightOf(node: MapNode): number {
  const last = rowsOf(node).at(-1);
  return last ? last.middle + ROW / 2 + GAP : HEAD;
}

/** Positions of the nodes' corners at the top left, by the name of the remote schema. */
export function layout(nodes: readonly MapNode[], edges: readonly MapEdge[]): Map<string, Position> {
  const graph = new dagre.graphlib.Graph();
  graph.setGraph({ rankdir: 'LR', nodesep: 60, ranksep: 130 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const node of nodes) graph.setNode(node.remote.name, { width: WIDTH, height: heightOf(node) });
  for (const { source, target } of edges) if (source !== target) graph.setEdge(source, target);
  dagre.layout(graph);
  return new Map(
    nodes.map((node) => {
      const { x, y } = graph.node(node.remote.name);
      return [node.remote.name, { x: x - WIDTH / 2, y: y - heightOf(node) / 2 }];
    }),
  );
}
