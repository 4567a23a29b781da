// Where the nodes of the map stand: in ranks from left to right, along the relationships.
import dagre from '@dagrejs/dagre';
import type { MapEdge, MapNode } from './graphModel';

export const WIDTH = 236;
const HEAD = 98;
const ROW = 24;

export interface Position {
  x: number;
  y: number;
}

export function heightOf({ isExpanded, types }: MapNode): number {
  if (!isExpanded) return HEAD;
  return HEAD + types.reduce((height, { fields }) => height + (fields.length + 1) * ROW + 6, 8);
}

/** Positions of the nodes' corners at the top left, by the name of the remote schema. */
export function layout(nodes: readonly MapNode[], edges: readonly MapEdge[]): Map<string, Position> {
  const graph = new dagre.graphlib.Graph();
  graph.setGraph({ rankdir: 'LR', nodesep: 36, ranksep: 130 });
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
