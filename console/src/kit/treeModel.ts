// What a tree shows and how one moves in it, without drawing anything.
import type { Tick } from './Checkbox';

export interface TreeNode {
  /** Different from that of every other node of the tree, also of those that are not loaded yet: a path is. */
  id: string;
  label: string;
  /** Stands behind the label: a type, say. */
  detail?: string;
  /** Known children. */
  children?: TreeNode[];
  /** Whether there are children that are loaded when they are wanted. */
  isLazy?: boolean;
  /** Why it cannot be chosen. */
  disabledReason?: string;
}

export interface TreeRow<Node extends TreeNode> {
  node: Node;
  /** From 1. */
  level: number;
  /** From 1, among its siblings that are shown. */
  position: number;
  siblings: number;
  /** Place of the parent among the rows; -1 for a root. */
  parent: number;
  /** `null` when there is nothing to open. */
  isOpen: boolean | null;
}

export interface TreeView<Node extends TreeNode> {
  nodes: Node[];
  /** Children that were loaded, by the id of their parent. */
  loaded: ReadonlyMap<string, Node[]>;
  open: ReadonlySet<string>;
  filter: string;
}

export function childrenOf<Node extends TreeNode>(node: Node, loaded: ReadonlyMap<string, Node[]>): Node[] | null {
  // A tree is of one kind of node, all the way down.
  const known = node.children as Node[] | undefined;
  return known ?? loaded.get(node.id) ?? (node.isLazy ? [] : null);
}

/** The rows from top to bottom. With a filter: what fits, what leads to it, and what is open below it. */
export function rowsOf<Node extends TreeNode>({ nodes, loaded, open, filter }: TreeView<Node>): TreeRow<Node>[] {
  const rows: TreeRow<Node>[] = [];
  const wanted = filter.trim().toLowerCase();
  const leading = wanted === '' ? null : leadingTo(nodes, loaded, wanted);

  const walk = (siblings: Node[], level: number, parent: number, isBelowFit: boolean) => {
    const shown = leading && !isBelowFit ? siblings.filter(({ id }) => leading.has(id)) : siblings;
    shown.forEach((node, index) => {
      const children = childrenOf(node, loaded);
      const doesFit = isBelowFit || (leading !== null && fits(node, wanted));
      const mustOpen = leading !== null && !doesFit;
      const isOpen = children && (node.isLazy || children.length > 0) ? mustOpen || open.has(node.id) : null;
      rows.push({ node, level, position: index + 1, siblings: shown.length, parent, isOpen });
      if (isOpen && children) walk(children, level + 1, rows.length - 1, doesFit);
    });
  };
  walk(nodes, 1, -1, false);
  return rows;
}

/** Nodes that fit, and those above them. */
function leadingTo<Node extends TreeNode>(nodes: Node[], loaded: ReadonlyMap<string, Node[]>, wanted: string): Set<string> {
  const leading = new Set<string>();
  const visit = (node: Node): boolean => {
    const isLeading = (childrenOf(node, loaded) ?? []).map(visit).includes(true) || fits(node, wanted);
    if (isLeading) leading.add(node.id);
    return isLeading;
  };
  nodes.forEach(visit);
  return leading;
}

function fits({ label }: TreeNode, wanted: string): boolean {
  return label.toLowerCase().includes(wanted);
}

/** What a key does: another row is the active one, or the active one is opened or closed. */
export type TreeMove = { to: number } | { open: number } | { close: number } | null;

/** The keys of the WAI-ARIA tree pattern. */
export function moveBy<Node extends TreeNode>(key: string, rows: TreeRow<Node>[], active: number, page: number): TreeMove {
  const row = rows[active];
  if (!row) return null;
  const last = rows.length - 1;
  switch (key) {
    case 'ArrowDown':
      return { to: Math.min(active + 1, last) };
    case 'ArrowUp':
      return { to: Math.max(active - 1, 0) };
    case 'PageDown':
      return { to: Math.min(active + page, last) };
    case 'PageUp':
      return { to: Math.max(active - page, 0) };
    case 'Home':
      return { to: 0 };
    case 'End':
      return { to: last };
    case 'ArrowRight':
      if (row.isOpen === false) return { open: active };
      return rows[active + 1]?.parent === active ? { to: active + 1 } : null;
    case 'ArrowLeft':
      if (row.isOpen) return { close: active };
      return row.parent >= 0 ? { to: row.parent } : null;
    default:
      return null;
  }
}

/** The next row whose label begins with what was typed. One letter again and again goes through all that begin with it. */
export function typeAhead<Node extends TreeNode>(rows: TreeRow<Node>[], active: number, typed: string): number | null {
  const text = typed.toLowerCase();
  const isOneLetter = [...text].every((letter) => letter === text[0]);
  const wanted = isOneLetter ? text.slice(0, 1) : text;
  const first = isOneLetter ? active + 1 : active;
  for (let step = 0; step < rows.length; step++) {
    const index = (first + step) % rows.length;
    if (rows[index]?.node.label.toLowerCase().startsWith(wanted)) return index;
  }
  return null;
}

/** For trees in which leaves are ticked: the tick of a node is that of the leaves below it. */
export function tickOf(node: TreeNode, ticked: ReadonlySet<string>): Tick {
  if (!node.children?.length) return ticked.has(node.id);
  const ticks = node.children.map((child) => tickOf(child, ticked));
  return ticks.every((tick) => tick === true) ? true : ticks.every((tick) => tick === false) ? false : 'mixed';
}

/** The leaves that are ticked after a node was. */
export function withTick(node: TreeNode, isTicked: boolean, ticked: ReadonlySet<string>): Set<string> {
  const changed = new Set(ticked);
  const visit = ({ id, children, disabledReason }: TreeNode) => {
    if (children?.length) children.forEach(visit);
    else if (disabledReason !== undefined) return;
    else if (isTicked) changed.add(id);
    else changed.delete(id);
  };
  visit(node);
  return changed;
}
