// Code to write. The editor is loaded when the first one is shown.
import { lazy } from 'react';
import type { EditorProps } from './CodeEditorMonaco';
import { EditorFrame } from './EditorFrame';
import { LazyPart } from './LazyPart';

const Monaco = lazy(() => import('./CodeEditorMonaco'));

interface CodeEditorProps extends EditorProps {
  /** In pixels; `fill` takes the height of what it is in. */
  height?: number | 'fill';
  error?: string | null;
}

export function CodeEditor({ height = 280, error, ...editor }: CodeEditorProps) {
  return (
    <EditorFrame height={height} error={error} hasHint={!editor.isReadOnly}>
      <LazyPart>
        <Monaco {...editor} />
      </LazyPart>
    </EditorFrame>
  );
}
