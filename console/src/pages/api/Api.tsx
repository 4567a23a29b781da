// Operations, their responses and their plans. An address with an operation opens a tab with it.
import { useSearch } from '@tanstack/react-router';
import { useEffect } from 'react';
import { ApiExplorer } from './ApiExplorer';
import style from './ApiExplorer.module.css';

export function Api() {
  const { query, variables, op } = useSearch({ from: '/api' });
  useEffect(() => {
    document.title = 'API · Conjoin';
  }, []);
  return (
    <div data-fill className={style.page}>
      <h1 className={style.hidden}>API</h1>
      <ApiExplorer key={JSON.stringify([query, variables, op])} query={query} variables={variables} operationName={op} />
    </div>
  );
}
