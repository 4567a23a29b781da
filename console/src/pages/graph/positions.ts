// Where somebody has put the nodes of the map: kept in this browser, for each gateway that it knows.
import { gatewayUrl } from '../../app/base';
import type { Position } from './layout';

/** By the name of the remote schema; only those that were moved. */
export type Positions = ReadonlyMap<string, Position>;

/** More than anybody moves by hand. The last ones that were moved stay. */
export const MOST = 500;

// Gateways below several prefixes of one origin share its storage.
const KEY = `conjoin.map ${gatewayUrl('')}`;

export function readPositions(): Positions {
  return parsePositions(localStorage.getItem(KEY));
}

export function writePositions(positions: Positions) {
  try {
    if (positions.size === 0) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, positionsText(positions));
  } catch {
    // A browser without room forgets them; the map is no worse for it.
  }
}

export function positionsText(positions: Positions): string {
  return JSON.stringify([...positions].map(([name, { x, y }]) => [name, Math.round(x), Math.round(y)]));
}

/** What is no position, because something else wrote it, is left out. */
export function parsePositions(text: string | null): Positions {
  const entries = parsed(text);
  if (!Array.isArray(entries)) return new Map();
  return new Map(entries.slice(-MOST).filter(isEntry).map(([name, x, y]) => [name, { x, y }]));
}

export function withMoved(positions: Positions, moved: Positions): Positions {
  const next = new Map(positions);
  for (const [name, position] of moved) {
    next.delete(name);
    next.set(name, position);
  }
  return new Map([...next].slice(-MOST));
}

/** Without those of remote schemas that are not there any more; the same map when all are there. */
export function withoutRemoved(positions: Positions, remotes: ReadonlySet<string>): Positions {
  const left = [...positions].filter(([name]) => remotes.has(name));
  return left.length === positions.size ? positions : new Map(left);
}

function parsed(text: string | null): unknown {
  try {
    return JSON.parse(text ?? 'null');
  } catch {
    return null;
  }
}

function isEntry(entry: unknown): entry is [string, number, number] {
  return Array.isArray(entry) && typeof entry[0] === 'string' && Number.isFinite(entry[1]) && Number.isFinite(entry[2]);
}
