// Two texts beside each other.
import { lazy } from 'react';
import type { DiffProps } from './DiffViewMonaco';
import { EditorFrame } from './EditorFrame';
import { LazyPart } from './LazyPart';

const Monaco = lazy(() => import('./DiffViewMonaco'));

export function DiffView({ height = 420, ...diff }: DiffProps & { height?: number | 'fill' }) {
  return (
    <EditorFrame height={height}>
      <LazyPart>
        <Monaco {...diff} />
      </LazyPart>
    </EditorFrame>
  );
}
