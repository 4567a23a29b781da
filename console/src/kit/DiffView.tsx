// Two texts beside each other.
import { Suspense, lazy } from 'react';
import type { DiffProps } from './DiffViewMonaco';
import { EditorFrame } from './EditorFrame';

const Monaco = lazy(() => import('./DiffViewMonaco'));

export function DiffView({ height = 420, ...diff }: DiffProps & { height?: number | 'fill' }) {
  return (
    <EditorFrame height={height}>
      <Suspense fallback={null}>
        <Monaco {...diff} />
      </Suspense>
    </EditorFrame>
  );
}
