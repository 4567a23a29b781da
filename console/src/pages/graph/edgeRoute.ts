// How an edge goes from node to node: on the page and in exported pictures.
import { getBezierPath, getSmoothStepPath, Position as Side } from '@xyflow/react';
import type { MapEdge, MapNode } from './graphModel';
import { heightOf, rowsOf, WIDTH, type Position } from './layout';

/** Of one that leads back: how far it stays away from the nodes, and how round its corners are. */
export const BACK = { offset: 34, borderRadius: 14 };

/** The ends of nodes. No field has a space in its name. */
export const LEFT = 'left end';
export const RIGHT = 'right end';
export const BELOW = 'lower end';

/** At which handle an edge starts and ends. One that leads back goes below the nodes, not through them. */
export function endsAt({ source, target, field }: MapEdge, positions: ReadonlyMap<string, Position>) {
  const isBack = (positions.get(target)?.x ?? 0) <= (positions.get(source)?.x ?? 0);
  return { isBack, sourceHandle: field ?? (isBack && source !== target ? BELOW : RIGHT), targetHandle: isBack ? BELOW : LEFT };
}

export interface Route {
  /** As SVG writes it. */
  path: string;
  /** Where its label stands. */
  labelX: number;
  labelY: number;
}

interface PlacedNode {
  node: MapNode;
  position: Position;
}

export function routeOf(edge: MapEdge, source: PlacedNode, target: PlacedNode): Route {
  const positions = new Map([source, target].map(({ node, position }) => [node.remote.name, position]));
  const { isBack, sourceHandle, targetHandle } = endsAt(edge, positions);
  const from = endOf(source, sourceHandle);
  const to = endOf(target, targetHandle);
  const ends = { sourceX: from.x, sourceY: from.y, sourcePosition: from.side, targetX: to.x, targetY: to.y, targetPosition: to.side };
  const [path, labelX, labelY] = isBack ? getSmoothStepPath({ ...ends, ...BACK }) : getBezierPath(ends);
  return { path, labelX, labelY };
}

function endOf({ node, position: { x, y } }: PlacedNode, handle: string) {
  const height = heightOf(node);
  if (handle === BELOW) return { x: x + WIDTH / 2, y: y + height, side: Side.Bottom };
  if (handle === LEFT) return { x, y: y + height / 2, side: Side.Left };
  const row = rowsOf(node).find(({ field }) => field === handle);
  return { x: x + WIDTH, y: y + (row?.middle ?? height / 2), side: Side.Right };
}
