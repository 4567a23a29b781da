// The positions of the nodes that somebody has moved, as the map uses them.
import { useCallback, useEffect, useState } from 'react';
import type { RemoteSummary } from '../../api/api';
import { readPositions, withMoved, withoutRemoved, writePositions, type Positions } from './positions';

export function usePositions(remotes: readonly RemoteSummary[]) {
  const [positions, setPositions] = useState(readPositions);
  const change = useCallback((next: Positions) => {
    setPositions(next);
    writePositions(next);
  }, []);
  const left = withoutRemoved(positions, new Set(remotes.map(({ name }) => name)));
  useEffect(() => {
    if (left !== positions) change(left);
  }, [left, positions, change]);
  return {
    positions,
    // Others may have been moved in another tab.
    move: (moved: Positions) => change(withMoved(readPositions(), moved)),
    reset: () => change(new Map()),
  };
}
