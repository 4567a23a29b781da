// A type that was chosen on the map, and the way to a relationship from it that needs no dragging.
import { Spline, X } from 'lucide-react';
import { useState } from 'react';
import { Button } from '../../kit/Button';
import { Card } from '../../kit/Card';
import { IconButton } from '../../kit/IconButton';
import { RemoteChip } from '../../kit/RemoteChip';
import { Select } from '../../kit/Select';
import type { Start } from './connection';
import type { MapNode } from './graphModel';
import style from './Graph.module.css';

interface TypePanelProps {
  node: MapNode;
  type: string;
  /** Names of all remote schemas. */
  remotes: string[];
  onStart: (start: Start) => void;
  onClose: () => void;
}

/** No remote schema can be called so. */
const LATER = '*';

export function TypePanel({ node, type, remotes, onStart, onClose }: TypePanelProps) {
  const [target, setTarget] = useState(LATER);
  const remote = node.remote.name;
  const fields = node.types.find(({ name }) => name === type)?.fields ?? [];
  return (
    <Card title={type} actions={<IconButton label="Close" icon={<X />} onClick={onClose} />} className={style.panel}>
      <div className={style.start}>
        <p className={style.target}>
          A type of <RemoteChip name={remote} />
        </p>
        <p className={style.batch}>{fields.length === 0 ? 'No relationships on it yet.' : `Relationships on it: ${fields.map(({ name }) => name).join(', ')}.`}</p>
        <Select
          label="Leads to"
          className={style.select}
          value={target}
          onChange={setTarget}
          options={[{ value: LATER, label: 'choose later' }, ...remotes.filter((name) => name !== remote).map((name) => ({ value: name, label: name }))]}
        />
        <Button kind="primary" icon={<Spline />} onClick={() => onStart({ remote, type, target: target === LATER ? undefined : target })}>
          Start a relationship from here
        </Button>
        <p className={style.batch}>With a mouse: drag the dot beside a type or a field to a type of another remote schema.</p>
      </div>
    </Card>
  );
}
