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
    });
    const original = monaco.editor.createModel(before, language);
    const modified = monaco.editor.createModel(after, language);
    const comparison = editor.createViewModel({ original, modified });
    editor.setModel(comparison);
    const namings = [name(editor.getOriginalEditor(), `Before: ${label}`), name(editor.getModifiedEditor(), `After: ${label}`)];
    return () => {
      for (const naming of namings) naming.dispose();
      // Before its texts: a comparison that is under way would fail without them.
      comparison.dispose();
      editor.dispose();
      original.dispose();
      modified.dispose();
    };
  }, [label, before, after, language]);

  return <div ref={element} className={style.monaco} />;
}

/** Names one side. The diff editor forgets names with the first change of an option, so it is told again. */
function name(side: monaco.editor.ICodeEditor, ariaLabel: string): monaco.IDisposable {
  const tell = () => {
    if (side.getOption(monaco.editor.EditorOption.ariaLabel) !== ariaLabel) side.updateOptions({ ariaLabel });
  };
  tell();
  return side.onDidChangeConfiguration(tell);
}
