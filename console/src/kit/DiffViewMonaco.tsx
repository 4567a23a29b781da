import { useEffect, useRef } from 'react';
import { useTheme } from '../app/theme';
import { THEME, applyTheme, monaco } from '../monaco/monaco';
import type { EditorLanguage } from './CodeEditorMonaco';
import { EDITOR_OPTIONS } from './editorOptions';
import style from './EditorFrame.module.css';

export interface DiffProps {
  /** What is compared, for those who do not see it. */
  label: string;
  before: string;
  after: string;
  language: EditorLanguage;
}

export default function DiffViewMonaco({ label, before, after, language }: DiffProps) {
  const element = useRef<HTMLDivElement>(null);
  const { isDark } = useTheme();

  useEffect(() => applyTheme(isDark), [isDark]);

  useEffect(() => {
    if (!element.current) return;
    const editor = monaco.editor.createDiffEditor(element.current, {
      ...EDITOR_OPTIONS,
      theme: THEME,
      readOnly: true,
      renderOverviewRuler: false,
      hideUnchangedRegions: { enabled: true },
      originalAriaLabel: `Before: ${label}`,
      modifiedAriaLabel: `After: ${label}`,
    });
    const original = monaco.editor.createModel(before, language);
    const modified = monaco.editor.createModel(after, language);
    editor.setModel({ original, modified });
    return () => {
      editor.dispose();
      original.dispose();
      modified.dispose();
    };
  }, [label, before, after, language]);

  return <div ref={element} className={style.monaco} />;
}
