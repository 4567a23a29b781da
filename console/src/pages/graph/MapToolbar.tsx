// What can be done with the map as a whole.
import { FileCode, Image, RotateCcw, Share } from 'lucide-react';
import { useState } from 'react';
import { Button } from '../../kit/Button';
import { ErrorPanel } from '../../kit/ErrorPanel';
import { Menu } from '../../kit/Menu';
import { coloursOfTheme, savePng, saveSvg } from './exportMap';
import type { GraphModel } from './graphModel';
import type { Position } from './layout';
import { mapSvg } from './mapSvg';
import style from './graph-map.module.css';

interface MapToolbarProps {
  model: GraphModel;
  positions: ReadonlyMap<string, Position>;
  onReset: () => void;
}

export function MapToolbar({ model, positions, onReset }: MapToolbarProps) {
  const [error, setError] = useState<unknown>(null);
  const draw = () => mapSvg(model, positions, coloursOfTheme());
  const disabledReason = model.nodes.length === 0 ? 'Nothing is shown.' : undefined;
  return (
    <>
      <div className={style.toolbar}>
        <Button size="small" kind="quiet" icon={<RotateCcw />} onClick={onReset}>
          Reset positions
        </Button>
        <Menu
          trigger={
            <Button size="small" kind="quiet" icon={<Share />}>
              Export
            </Button>
          }
          items={[
            { label: 'As SVG', icon: <FileCode />, disabledReason, onSelect: () => saveSvg(draw()) },
            { label: 'As PNG', icon: <Image />, disabledReason, onSelect: () => void savePng(draw()).then(() => setError(null), setError) },
          ]}
        />
      </div>
      {error !== null && <ErrorPanel title="The map could not be drawn as PNG" error={error} help="Export it as SVG, or show fewer remote schemas." />}
    </>
  );
}
