// Keeps GraphiQL's schema that of the role, and that of now. Shows whose it is.
import { useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { useEffect, useRef } from 'react';
import { useAsk } from '../../api/ask';
import { useSession } from '../../app/session/session';
import { Spinner } from '../../kit/Spinner';
import style from './ApiExplorer.module.css';

export function SchemaRefresh({ operationName }: { operationName?: string }) {
  const { introspect, setOperationName } = useGraphiQLActions();
  const { role, variables, secret } = useSession();
  const isIntrospecting = useGraphiQL((state) => state.isIntrospecting);
  const hasDocument = useGraphiQL((state) => state.documentAST !== undefined && state.documentAST !== null);
  // Asked anew whenever the gateway tells that the metadata or a schema has changed.
  const { dataUpdatedAt } = useAsk('get_overview', {});

  const current = JSON.stringify([role, variables, secret, dataUpdatedAt]);
  const known = useRef('');
  useEffect(() => {
    // GraphiQL asks by itself at first, and the overview is on its way then.
    if (known.current !== '') void introspect();
    if (dataUpdatedAt > 0) known.current = current;
  }, [current, dataUpdatedAt, introspect]);

  useEffect(() => {
    if (operationName && hasDocument) setOperationName(operationName);
  }, [operationName, hasDocument, setOperationName]);

  return <span className={style.role}>{isIntrospecting ? <Spinner label="Reading the schema" /> : `Schema of ${role}`}</span>;
}
