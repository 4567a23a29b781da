// A tree of a schema: types, fields, arguments. Draws only what can be seen and loads what is opened, so a schema may have any size.
//
// The tree has the focus and names its active row (`aria-activedescendant`), because a row that scrolls away is not in the document any more.
import { defaultRangeExtractor, useVirtualizer } from '@tanstack/react-virtual';
import { ChevronRight } from 'lucide-react';
import { useEffect, useId, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import type { Tick } from './Checkbox';
import { classes } from './classes';
import { Spinner } from './Spinner';
import { TreeMark } from './TreeMark';
import { moveBy, rowsOf, typeAhead, type TreeNode, type TreeRow } from './treeModel';
import style from './SchemaTree.module.css';

/** What choosing means. */
export type TreeSelection<Node extends TreeNode> =
  | { mode: 'none' }
  | { mode: 'one'; selected: string | null; onSelect: (node: Node) => void; canSelect?: (node: Node) => boolean }
  | { mode: 'check'; tickOf: (node: Node) => Tick; onTick: (node: Node, isTicked: boolean) => void; canTick?: (node: Node) => boolean };

interface SchemaTreeProps<Node extends TreeNode> {
  label: string;
  nodes: Node[];
  /** For nodes that are `isLazy`. Called once for each, unless it fails: give the tree another `key` when all is to be loaded anew. */
  loadChildren?: (node: Node) => Promise<Node[]>;
  selection?: TreeSelection<Node>;
  /** Shown before the label. */
  icon?: (node: Node) => ReactNode;
  /** Shown at the right: who joins it, which role does not see it. */
  annotations?: (node: Node) => ReactNode;
  /** Ids of nodes that are open at first. */
  openAtFirst?: string[];
  filter?: string;
  /** In pixels; `fill` takes the height of what it is in. */
  height?: number | 'fill';
  emptyText?: string;
}

const ROW = 30;

export function SchemaTree<Node extends TreeNode>(props: SchemaTreeProps<Node>) {
  const { label, nodes, loadChildren, selection = { mode: 'none' }, icon, annotations, openAtFirst = [], filter = '' } = props;
  const { height = 420, emptyText = 'Nothing fits.' } = props;
  const id = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState<ReadonlySet<string>>(() => new Set(openAtFirst));
  const [loaded, setLoaded] = useState<ReadonlyMap<string, Node[]>>(new Map());
  const [loads, setLoads] = useState<ReadonlyMap<string, 'loading' | Error>>(new Map());
  const [activeId, setActiveId] = useState<string | null>(null);
  const typed = useRef({ text: '', at: 0 });

  const rows = useMemo(() => rowsOf({ nodes, loaded, open, filter }), [nodes, loaded, open, filter]);
  const preferred = activeId ?? (selection.mode === 'one' ? selection.selected : null);
  const active = Math.max(rows.findIndex(({ node }) => node.id === preferred), 0);

  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 12,
    getItemKey: (index) => rows[index]?.node.id ?? index,
    // The active row is always there, or nobody could name it.
    rangeExtractor: (range) => [...new Set([...defaultRangeExtractor(range), ...(active < rows.length ? [active] : [])])].sort((a, b) => a - b),
  });

  const load = async (node: Node) => {
    if (!loadChildren || !node.isLazy || node.children || loaded.has(node.id) || loads.has(node.id)) return;
    setLoads((loads) => new Map(loads).set(node.id, 'loading'));
    try {
      const children = await loadChildren(node);
      setLoaded((loaded) => new Map(loaded).set(node.id, children));
      setLoads((loads) => without(loads, node.id));
    } catch (error) {
      setLoads((loads) => new Map(loads).set(node.id, error instanceof Error ? error : new Error(String(error))));
    }
  };

  // What is open at first, or again, may have to be loaded.
  useEffect(() => {
    for (const { node, isOpen } of rows) if (isOpen) void load(node);
  });

  const setIsOpen = (row: TreeRow<Node>, isOpen: boolean) => {
    const changed = new Set(open);
    if (isOpen) {
      changed.add(row.node.id);
      // Opening it again is the way to try again.
      setLoads((loads) => (loads.get(row.node.id) instanceof Error ? without(loads, row.node.id) : loads));
    } else {
      changed.delete(row.node.id);
    }
    setOpen(changed);
  };

  const choose = (row: TreeRow<Node>) => {
    const { node } = row;
    if (node.disabledReason !== undefined) return;
    if (selection.mode === 'one' && (selection.canSelect?.(node) ?? true)) selection.onSelect(node);
    else if (selection.mode === 'check' && (selection.canTick?.(node) ?? true)) selection.onTick(node, selection.tickOf(node) !== true);
    else if (row.isOpen !== null) setIsOpen(row, !row.isOpen);
  };

  const goTo = (index: number) => {
    setActiveId(rows[index]?.node.id ?? null);
    virtualizer.scrollToIndex(index);
  };

  const onKeyDown = (event: KeyboardEvent) => {
    const row = rows[active];
    if (!row || event.ctrlKey || event.metaKey || event.altKey || event.target !== event.currentTarget) return;
    const move = moveBy(event.key, rows, active, Math.max(Math.floor((scroller.current?.clientHeight ?? 0) / ROW) - 1, 1));
    if (move && 'to' in move) goTo(move.to);
    else if (move && 'open' in move) setIsOpen(row, true);
    else if (move && 'close' in move) setIsOpen(row, false);
    else if (event.key === 'Enter' || event.key === ' ') choose(row);
    else if (event.key.length === 1) {
      const isSoon = event.timeStamp - typed.current.at < 700;
      typed.current = { text: (isSoon ? typed.current.text : '') + event.key, at: event.timeStamp };
      const found = typeAhead(rows, active, typed.current.text);
      if (found !== null) goTo(found);
    } else return;
    event.preventDefault();
  };

  return (
    <div
      ref={scroller}
      role="tree"
      aria-label={label}
      aria-multiselectable={selection.mode === 'check' || undefined}
      aria-activedescendant={rows.length > 0 ? `${id}-${active}` : undefined}
      tabIndex={0}
      className={style.tree}
      style={{ height: height === 'fill' ? '100%' : height }}
      onKeyDown={onKeyDown}
    >
      {rows.length === 0 && <p className={style.empty}>{emptyText}</p>}
      <div role="presentation" className={style.all} style={{ height: virtualizer.getTotalSize() }}>
        {virtualizer.getVirtualItems().map(({ index, start, key }) => {
          const row = rows[index];
          if (!row) return null;
          const { node, level, position, siblings, isOpen } = row;
          const tick = selection.mode === 'check' && (selection.canTick?.(node) ?? true) ? selection.tickOf(node) : null;
          const isSelected = selection.mode === 'one' && selection.selected === node.id;
          const state = loads.get(node.id);
          return (
            <div
              key={key}
              id={`${id}-${index}`}
              role="treeitem"
              aria-level={level}
              aria-posinset={position}
              aria-setsize={siblings}
              aria-expanded={isOpen ?? undefined}
              aria-selected={selection.mode === 'one' ? isSelected : undefined}
              aria-checked={tick ?? undefined}
              aria-disabled={node.disabledReason !== undefined || undefined}
              title={node.disabledReason}
              className={classes(style.row, index === active && style.active, isSelected && style.selected, node.disabledReason !== undefined && style.disabled)}
              style={{ transform: `translateY(${start}px)`, '--indent': level - 1 }}
              onClick={() => {
                setActiveId(node.id);
                choose(row);
              }}
            >
              <span
                className={classes(style.opener, isOpen && style.isOpen)}
                aria-hidden="true"
                onClick={(event) => {
                  if (isOpen === null) return;
                  event.stopPropagation();
                  setActiveId(node.id);
                  setIsOpen(row, !isOpen);
                }}
              >
                {state === 'loading' ? <Spinner /> : isOpen !== null && <ChevronRight />}
              </span>
              <TreeMark tick={tick} isSelected={selection.mode === 'one' && (selection.canSelect?.(node) ?? true) ? isSelected : null} />
              {icon?.(node)}
              <span className={style.label}>{node.label}</span>
              {node.detail && <span className={style.detail}>{node.detail}</span>}
              {state instanceof Error && <span className={style.failure}>{state.message}</span>}
              {annotations && <span className={style.annotations}>{annotations(node)}</span>}
            </div>
          );
        })}
      </div>
    </div>
  );
}

function without<Value>(map: ReadonlyMap<string, Value>, key: string): Map<string, Value> {
  const rest = new Map(map);
  rest.delete(key);
  return rest;
}
