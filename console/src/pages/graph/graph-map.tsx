// The map. It is loaded when it is shown: it is a third of what all else of the console weighs. `GraphList` says the same in a table.
import { Background, Controls, Handle, MarkerType, Position, ReactFlow, type Edge, type Node, type NodeProps, type OnSelectionChangeFunc } from '@xyflow/react';
import '@xyflow/react/dist/style.css';
import { ChevronDown, ChevronRight } from 'lucide-react';
import { useCallback, useMemo } from 'react';
import { useTheme } from '../../app/theme';
import { classes } from '../../kit/classes';
import { RemoteHealth } from '../../kit/HealthPill';
import { hueOf } from '../../kit/hue';
import type { GraphModel, MapNode } from './graphModel';
import { heightOf, layout, WIDTH } from './layout';
import style from './graph-map.module.css';

interface GraphMapProps {
  model: GraphModel;
  onToggle: (remote: string) => void;
  onSelect: (edge: string | null) => void;
}

type RemoteNode = Node<{ node: MapNode; onToggle: (remote: string) => void }, 'remote'>;

const NODE_TYPES = { remote: RemoteBox };

export default function GraphMap({ model, onToggle, onSelect }: GraphMapProps) {
  const { isDark } = useTheme();
  const nodes = useMemo<RemoteNode[]>(() => {
    const positions = layout(model.nodes, model.edges);
    return model.nodes.map((node) => ({
      id: node.remote.name,
      type: 'remote',
      position: positions.get(node.remote.name) ?? { x: 0, y: 0 },
      data: { node, onToggle },
      width: WIDTH,
      height: heightOf(node),
      ariaLabel: `Remote schema ${node.remote.name}`,
    }));
  }, [model, onToggle]);
  const edges = useMemo<Edge[]>(
    () =>
      model.edges.map(({ id, source, target, field, relationships, isBroken, isFaded }) => ({
        id,
        source,
        target,
        sourceHandle: field ?? undefined,
        label: field === null ? String(relationships.length) : undefined,
        ariaLabel: `${relationships.length} relationships from ${source} to ${target}${isBroken ? ', not all are served' : ''}`,
        className: classes(style.edge, isBroken && style.broken, isFaded && style.faded),
        style: { '--hue': isBroken ? 'var(--bad)' : hueOf(target) },
        markerEnd: { type: MarkerType.ArrowClosed, color: isBroken ? 'var(--bad)' : hueOf(target), width: 18, height: 18 },
        interactionWidth: 24,
      })),
    [model],
  );
  const select = useCallback<OnSelectionChangeFunc>(({ edges }) => onSelect(edges[0]?.id ?? null), [onSelect]);
  // Another set of nodes is another picture, and is made to fit anew.
  const picture = model.nodes.map(({ remote, isExpanded }) => `${remote.name} ${isExpanded}`).join();
  return (
    <ReactFlow
      key={picture}
      className={style.map}
      colorMode={isDark ? 'dark' : 'light'}
      defaultNodes={nodes}
      edges={edges}
      nodeTypes={NODE_TYPES}
      onSelectionChange={select}
      nodesConnectable={false}
      deleteKeyCode={null}
      fitView
      fitViewOptions={{ maxZoom: 1, padding: 0.12 }}
      minZoom={0.15}
      aria-label="Map of remote schemas and relationships"
    >
      <Background gap={24} />
      <Controls showInteractive={false} />
    </ReactFlow>
  );
}

function RemoteBox({ data: { node, onToggle } }: NodeProps<RemoteNode>) {
  const { remote, isFaded, isExpanded, types } = node;
  const { name, counts, health, n_relationships_in, n_relationships_out } = remote;
  return (
    <div className={classes(style.box, isFaded && style.faded)} style={{ '--hue': hueOf(name) }}>
      <Handle type="target" position={Position.Left} className={style.handle} />
      {!isExpanded && <Handle type="source" position={Position.Right} className={style.handle} />}
      <div className={style.head}>
        <strong className={style.name}>{name}</strong>
        <RemoteHealth health={health} />
      </div>
      <p className={style.counts}>
        {counts ? `${counts.types} ${counts.types === 1 ? 'type' : 'types'}, ${counts.queries} ${counts.queries === 1 ? 'query' : 'queries'}` : 'no schema'}, {n_relationships_out} out, {n_relationships_in} in
      </p>
      {types.length > 0 ? (
        <button type="button" className={classes(style.toggle, 'nodrag')} aria-expanded={isExpanded} onClick={() => onToggle(name)}>
          {isExpanded ? <ChevronDown aria-hidden="true" /> : <ChevronRight aria-hidden="true" />}
          Joined types of {name}
        </button>
      ) : (
        <p className={style.none}>No relationships on its types</p>
      )}
      {isExpanded &&
        types.map((type) => (
          <div key={type.name} className={style.type}>
            <code className={style.typeName}>{type.name}</code>
            {type.fields.map((field) => (
              <div key={field.name} className={classes(style.field, field.isFaded && style.faded, field.isBroken && style.wrong)}>
                <code>{field.name}</code>
                {field.isBroken && <span>not served</span>}
                <Handle type="source" id={`${type.name}.${field.name}`} position={Position.Right} className={style.handle} />
              </div>
            ))}
          </div>
        ))}
    </div>
  );
}
