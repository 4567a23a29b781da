// The map. It is loaded when it is shown: it is a third of what all else of the console weighs. `GraphList` says the same in a table.
import { Background, Controls, Handle, MarkerType, Position, ReactFlow, type Edge, type Node, type NodeProps, type OnEdgesChange, useReactFlow, useStore } from '@xyflow/react';
import '@xyflow/react/dist/style.css';
import { ChevronDown, ChevronRight } from 'lucide-react';
import { useEffect, useMemo } from 'react';
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
  selected: string | null;
  onSelect: (edge: string | null) => void;
}

type RemoteNode = Node<{ node: MapNode; onToggle: (remote: string) => void }, 'remote'>;

const LEFT = 'left';
const RIGHT = 'right';
const BELOW = 'below';

const FIT = { maxZoom: 1, padding: 0.12 };
const NODE_TYPES = { remote: RemoteBox };

export default function GraphMap({ model, onToggle, selected, onSelect }: GraphMapProps) {
  const { isDark } = useTheme();
  const positions = useMemo(() => layout(model.nodes, model.edges), [model]);
  const nodes = useMemo<RemoteNode[]>(() => {
    return model.nodes.map((node) => ({
      id: node.remote.name,
      type: 'remote',
      position: positions.get(node.remote.name) ?? { x: 0, y: 0 },
      data: { node, onToggle },
      width: WIDTH,
      height: heightOf(node),
      ariaLabel: `Remote schema ${node.remote.name}`,
    }));
  }, [model, positions, onToggle]);
  const edges = useMemo<Edge[]>(
    () =>
      model.edges.map(({ id, source, target, field, relationships, isBroken, isFaded }) => {
        const colour = isBroken ? 'var(--bad)' : hueOf(target);
        const isBack = (positions.get(target)?.x ?? 0) <= (positions.get(source)?.x ?? 0);
        return {
          id,
          source,
          target,
          // One that leads back goes below the nodes, not through them.
          sourceHandle: field ?? (isBack && source !== target ? BELOW : RIGHT),
          targetHandle: isBack ? BELOW : LEFT,
          ...(isBack && { type: 'smoothstep', pathOptions: { offset: 34, borderRadius: 14 } }),
          selected: id === selected,
          label: field === null ? String(relationships.length) : undefined,
          ariaLabel: `From ${source} to ${target}: ${relationships.map(({ type_name, name }) => `${type_name}.${name}`).join(', ')}${isBroken ? ', not all are served' : ''}`,
          className: classes(isBroken && style.broken, isFaded && style.faded),
          style: { '--xy-edge-stroke': colour },
          markerEnd: { type: MarkerType.ArrowClosed, color: colour, width: 16, height: 16 },
          interactionWidth: 24,
        };
      }),
    [model, positions, selected],
  );
  const follow: OnEdgesChange = (changes) => {
    const selections = changes.filter((change) => change.type === 'select');
    if (selections.length > 0) onSelect(selections.find(({ selected }) => selected)?.id ?? null);
  };
  // Nodes that look otherwise are another picture, and are made to fit anew.
  const picture = JSON.stringify(model.nodes);
  return (
    <ReactFlow
      key={picture}
      className={style.map}
      colorMode={isDark ? 'dark' : 'light'}
      defaultNodes={nodes}
      edges={edges}
      nodeTypes={NODE_TYPES}
      onEdgesChange={follow}
      nodesConnectable={false}
      deleteKeyCode={null}
      fitView
      fitViewOptions={FIT}
      minZoom={0.15}
      aria-label="Map of remote schemas and relationships"
    >
      <Background gap={24} />
      <Controls showInteractive={false} fitViewOptions={FIT} />
      <FitToWidth />
    </ReactFlow>
  );
}

/** The panel beside the map takes some of its width. */
function FitToWidth() {
  const { fitView } = useReactFlow();
  const width = useStore(({ width }) => width);
  useEffect(() => void fitView(FIT), [fitView, width]);
  return null;
}

function RemoteBox({ data: { node, onToggle } }: NodeProps<RemoteNode>) {
  const { remote, isFaded, isExpanded, types } = node;
  const { name, counts, health, n_relationships_in, n_relationships_out } = remote;
  return (
    <div className={classes(style.box, isFaded && style.faded)} style={{ '--hue': hueOf(name) }}>
      <Handle type="target" id={LEFT} position={Position.Left} className={style.handle} />
      <Handle type="target" id={BELOW} position={Position.Bottom} className={style.handle} />
      <Handle type="source" id={BELOW} position={Position.Bottom} className={style.handle} />
      {!isExpanded && <Handle type="source" id={RIGHT} position={Position.Right} className={style.handle} />}
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
                <Handle type="source" id={`${type.name}.${field.name}`} position={Position.Right} className={classes(style.handle, style.dot)} />
              </div>
            ))}
          </div>
        ))}
    </div>
  );
}
