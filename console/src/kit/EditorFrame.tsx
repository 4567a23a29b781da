// What is around an editor: the line, the error, and how to get out of it with the keyboard.
import type { ReactNode } from 'react';
import { classes } from './classes';
import field from './field.module.css';
import style from './EditorFrame.module.css';

interface EditorFrameProps {
  height: number | 'fill';
  error?: string | null;
  hasHint?: boolean;
  children: ReactNode;
}

export function EditorFrame({ height, error, hasHint = false, children }: EditorFrameProps) {
  return (
    <div className={classes(style.frame, height === 'fill' && style.fill)}>
      <div className={classes(style.editor, error && style.wrong)} style={height === 'fill' ? undefined : { height }}>
        {children}
      </div>
      {error && (
        <p className={field.error} role="alert">
          {error}
        </p>
      )}
      {hasHint && <p className={style.hint}>Ctrl M lets the Tab key leave the editor.</p>}
    </div>
  );
}
