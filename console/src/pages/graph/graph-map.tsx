// The map. It is loaded when it is shown: it is a third of what all else of the console weighs. `GraphList` says the same in a table.
import {
  Background,
  type Connection,
  Controls,
  type Edge,
  Handle,
  MarkerType,
  type Node,
  type NodeChange,
  type NodeProps,
  type OnEdgesChange,
  Position,
  ReactFlow,
  useConnection,
  useNodesState,
  useReactFlow,
  useStore,
} from '@xyflow/react';
import '@xyflow/react/dist/style.css';
import { ChevronDown, ChevronRight } from 'lucide-react';
import { createContext, use, useEffect, useMemo, useState } from 'react';
import type { RemoteSummary } from '../../api/api';
import { useTheme } from '../../app/theme';
import { classes } from '../../kit/classes';
import { RemoteHealth } from '../../kit/HealthPill';
import { hueOf } from '../../kit/hue';
import { fromField, fromType, ONTO_REMOTE, ontoType, type Start, startOf } from './connection';
import { BACK, BELOW, endsAt, LEFT, RIGHT } from './edgeRoute';
import { countsText, type GraphModel, type MapNode } from './graphModel';
import { heightOf, layout, moreText, WIDTH } from './layout';
import { MapToolbar } from './MapToolbar';
import type { Selection } from './selection';
import { usePositions } from './usePositions';
import style from './graph-map.module.css';

interface GraphMapProps {
  model: GraphModel;
  /** All of them, also those that the map does not show now. */
  remotes: RemoteSummary[];
  onToggle: (remote: string) => void;
  selected: Selection;
  onSelectEdge: (edge: string | null) => void;
  onSelectType: (remote: string, type: string) => void;
  onStart: (start: Start) => void;
}

type RemoteNode = Node<{ node: MapNode }, 'remote'>;

const FIT = { maxZoom: 1, padding: 0.12 };
const NODE_TYPES = { remote: RemoteBox };

/** What nodes need beside their data, whose change would make them be measured anew. */
const Actions = createContext<Pick<GraphMapProps, 'selected' | 'onToggle' | 'onSelectType'>>({ selected: null, onToggle: () => {}, onSelectType: () => {} });

export default function GraphMap({ model, remotes, onToggle, selected, onSelectEdge, onSelectType, onStart }: GraphMapProps) {
  const { isDark } = useTheme();
  const { positions: moved, move, reset } = usePositions(remotes);
  const [nResets, setNResets] = useState(0);
  const places = useMemo(() => layout(model.nodes, model.edges), [model]);
  const positions = useMemo(() => new Map([...places, ...moved]), [places, moved]);
  const computed = useMemo<RemoteNode[]>(() => {
    return model.nodes.map((node) => ({
      id: node.remote.name,
      type: 'remote',
      position: positions.get(node.remote.name) ?? { x: 0, y: 0 },
      data: { node },
      width: WIDTH,
      height: heightOf(node),
      ariaLabel: `Remote schema ${node.remote.name}`,
    }));
  }, [model, positions]);
  const [nodes, setNodes, changeNodes] = useNodesState(computed);
  useEffect(() => setNodes((nodes) => computed.map((node) => updated(nodes, node))), [computed, setNodes]);
  const edges = useMemo<Edge[]>(
    () =>
      model.edges.map((edge) => {
        const { id, source, target, field, relationships, isBroken, isFaded } = edge;
        const colour = isBroken ? 'var(--bad)' : hueOf(target);
        const { isBack, sourceHandle, targetHandle } = endsAt(edge, positions);
        return {
          id,
          source,
          target,
          sourceHandle,
          targetHandle,
          ...(isBack && { type: 'smoothstep', pathOptions: BACK }),
          selected: selected?.kind === 'edge' && id === selected.id,
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
    if (selections.length > 0) onSelectEdge(selections.find(({ selected }) => selected)?.id ?? null);
  };
  const change = (changes: NodeChange<RemoteNode>[]) => {
    changeNodes(changes);
    // By the mouse when it lets go, and by the arrow keys.
    const ends = changes.flatMap((change) => (change.type === 'position' && change.position && !change.dragging ? [[change.id, change.position] as const] : []));
    if (ends.length > 0) move(new Map(ends));
  };
  const connect = (connection: Connection) => {
    const start = startOf(connection);
    if (start) onStart(start);
  };
  const actions = useMemo(() => ({ selected, onToggle, onSelectType }), [selected, onToggle, onSelectType]);
  // Nodes that look otherwise are another picture, and are made to fit anew.
  const picture = JSON.stringify([nResets, model.nodes]);
  return (
    <div className={style.frame}>
      <MapToolbar
        model={model}
        positions={positions}
        onReset={() => {
          reset();
          setNResets((nResets) => nResets + 1);
        }}
      />
      <div className={style.rest}>
        <Actions value={actions}>
          <ReactFlow
            className={style.map}
            colorMode={isDark ? 'dark' : 'light'}
            nodes={nodes}
            edges={edges}
            nodeTypes={NODE_TYPES}
            onNodesChange={change}
            onEdgesChange={follow}
            onConnect={connect}
            isValidConnection={(connection) => startOf(connection) !== null}
            // A click on a type chooses it.
            connectOnClick={false}
            deleteKeyCode={null}
            fitView
            fitViewOptions={FIT}
            minZoom={0.15}
            aria-label="Map of remote schemas and relationships"
          >
            <Background gap={24} />
            <Controls showInteractive={false} fitViewOptions={FIT} />
            <Fit picture={picture} />
          </ReactFlow>
        </Actions>
      </div>
    </div>
  );
}

/** Only what looks otherwise is measured anew; and what has the focus keeps it. */
function updated(nodes: RemoteNode[], node: RemoteNode): RemoteNode {
  const before = nodes.find(({ id }) => id === node.id);
  const isSame = before && JSON.stringify(before.data) === JSON.stringify(node.data);
  return isSame ? { ...before, position: node.position } : { ...node, selected: before?.selected };
}

/** The panel beside the map takes some of its width. */
function Fit({ picture }: { picture: string }) {
  const { fitView } = useReactFlow();
  const width = useStore(({ width }) => width);
  useEffect(() => void fitView(FIT), [fitView, width, picture]);
  return null;
}

function RemoteBox({ data: { node } }: NodeProps<RemoteNode>) {
  const { onToggle } = use(Actions);
  const isDragging = useConnection(({ inProgress }) => inProgress);
  const { remote, isFaded, isExpanded, types, otherTypes, nMoreTypes } = node;
  const { name, health, counts } = remote;
  return (
    <div className={classes(style.box, isFaded && style.faded, isDragging && style.awaiting)} style={{ '--hue': hueOf(name) }}>
      <End type="target" id={LEFT} position={Position.Left} />
      <End type="target" id={BELOW} position={Position.Bottom} />
      <End type="source" id={BELOW} position={Position.Bottom} />
      {!isExpanded && <End type="source" id={RIGHT} position={Position.Right} />}
      <Onto id={ONTO_REMOTE} />
      <div className={style.head}>
        <strong className={style.name}>{name}</strong>
        <RemoteHealth health={health} />
      </div>
      <p className={style.counts}>{countsText(remote)}</p>
      {counts && (
        <button type="button" className={classes(style.toggle, 'nodrag')} aria-expanded={isExpanded} onClick={() => onToggle(name)}>
          {isExpanded ? <ChevronDown aria-hidden="true" /> : <ChevronRight aria-hidden="true" />}
          <span>Types of {name}</span>
        </button>
      )}
      {isExpanded &&
        types.map((type) => (
          <div key={type.name}>
            <TypeRow remote={name} type={type.name} />
            {type.fields.map((field) => (
              <div key={field.name} className={classes(style.field, field.isFaded && style.faded, field.isBroken && style.wrong)}>
                <code>{field.name}</code>
                {field.isBroken && <span>not served</span>}
                <From id={fromField(type.name, field.name)} />
              </div>
            ))}
          </div>
        ))}
      {isExpanded && otherTypes.map((type) => <TypeRow key={type} remote={name} type={type} />)}
      {isExpanded && nMoreTypes > 0 && <p className={style.more}>{moreText(nMoreTypes)}</p>}
    </div>
  );
}

function TypeRow({ remote, type }: { remote: string; type: string }) {
  const { selected, onSelectType } = use(Actions);
  const isSelected = selected?.kind === 'type' && selected.remote === remote && selected.type === type;
  return (
    <div className={style.type}>
      <button type="button" className={classes(style.typeName, 'nodrag')} aria-pressed={isSelected} onClick={() => onSelectType(remote, type)}>
        <code>{type}</code>
      </button>
      <Onto id={ontoType(type)} />
      <From id={fromType(type)} />
    </div>
  );
}

/** Where edges end that lead to the whole of a node. */
function End(place: { type: 'source' | 'target'; id: string; position: Position }) {
  return <Handle {...place} isConnectable={false} className={style.end} />;
}

/** A dot that a relationship is dragged from. */
function From({ id }: { id: string }) {
  return <Handle type="source" id={id} position={Position.Right} className={style.dot} />;
}

/** What a relationship is dropped on: all of what is around it. */
function Onto({ id }: { id: string }) {
  return <Handle type="target" id={id} position={Position.Left} isConnectableStart={false} className={style.onto} />;
}
