import { useEffect, useRef } from 'react';
import { useTheme } from '../app/theme';
import { THEME, applyTheme, monaco } from '../monaco/monaco';
import { EDITOR_OPTIONS } from './editorOptions';
import style from './EditorFrame.module.css';

export type EditorLanguage = 'graphql' | 'json' | 'yaml' | 'plaintext';

/** Something to be underlined. Lines and columns begin with 1. */
export interface EditorMarker {
  line: number;
  column: number;
  message: string;
  isWarning?: boolean;
}

export interface EditorProps {
  label: string;
  value: string;
  language: EditorLanguage;
  onChange?: (value: string) => void;
  isReadOnly?: boolean;
  markers?: EditorMarker[];
}

export default function CodeEditorMonaco({ label, value, language, onChange, isReadOnly = false, markers }: EditorProps) {
  const element = useRef<HTMLDivElement>(null);
  const editor = useRef<monaco.editor.IStandaloneCodeEditor | null>(null);
  const change = useRef(onChange);
  const { isDark } = useTheme();

  useEffect(() => {
    change.current = onChange;
  });
  useEffect(() => applyTheme(isDark), [isDark]);

  useEffect(() => {
    if (!element.current) return;
    const created = monaco.editor.create(element.current, { ...EDITOR_OPTIONS, theme: THEME, value, language, ariaLabel: label });
    const listener = created.onDidChangeModelContent(() => change.current?.(created.getValue()));
    editor.current = created;
    return () => {
      listener.dispose();
      created.getModel()?.dispose();
      created.dispose();
      editor.current = null;
    };
    // Made once; the effects below keep it up to date.
  }, []);

  useEffect(() => editor.current?.updateOptions({ readOnly: isReadOnly, ariaLabel: label }), [isReadOnly, label]);

  useEffect(() => {
    const model = editor.current?.getModel();
    if (model) monaco.editor.setModelLanguage(model, language);
  }, [language]);

  useEffect(() => {
    const model = editor.current?.getModel();
    // As an edit and not as a new text: it can be undone.
    if (model && model.getValue() !== value) model.pushEditOperations([], [{ range: model.getFullModelRange(), text: value }], () => null);
  }, [value]);

  useEffect(() => {
    const model = editor.current?.getModel();
    if (!model) return;
    const { Error, Warning } = monaco.MarkerSeverity;
    const found = (markers ?? []).map(({ line, column, message, isWarning }) => {
      const word = model.getLineCount() >= line ? model.getWordAtPosition({ lineNumber: line, column }) : null;
      return {
        message,
        severity: isWarning ? Warning : Error,
        startLineNumber: line,
        startColumn: column,
        endLineNumber: line,
        endColumn: word?.endColumn ?? column + 1,
      };
    });
    monaco.editor.setModelMarkers(model, 'gateway', found);
  }, [markers, value]);

  return <div ref={element} className={style.monaco} />;
}
