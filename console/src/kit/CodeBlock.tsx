// Code to read and to copy.
import { useMemo } from 'react';
import { classes } from './classes';
import { CopyButton } from './CopyButton';
import { tokens, type CodeLanguage } from './lexer';
import style from './CodeBlock.module.css';

interface CodeBlockProps {
  code: string;
  language: CodeLanguage;
  /** What it is, for the copy button and those who do not see it. */
  label: string;
  /** Higher code is scrolled. */
  maxHeight?: number;
  wrap?: boolean;
}

export function CodeBlock({ code, language, label, maxHeight = 420, wrap = false }: CodeBlockProps) {
  return (
    <div className={style.block}>
      <pre className={classes(style.code, wrap && style.wrap)} style={{ maxHeight }} tabIndex={0} role="region" aria-label={label}>
        <Code code={code} language={language} />
      </pre>
      <CopyButton text={code} label={`Copy ${label}`} className={style.copy} />
    </div>
  );
}

// A schema of megabytes would be more spans than a browser likes.
const MOST_COLOURED = 60_000;

/** Coloured code within a line of text. */
export function Code({ code, language }: Pick<CodeBlockProps, 'code' | 'language'>) {
  const parts = useMemo(() => tokens(code, code.length > MOST_COLOURED ? 'text' : language), [code, language]);
  return (
    <code>
      {parts.map(({ kind, text }, index) => (kind === 'plain' ? text : <span key={index} className={style[kind]}>{text}</span>))}
    </code>
  );
}
