// Copies an address that opens this operation.
import { ToolbarButton, useGraphiQL } from '@graphiql/react';
import { useRouter } from '@tanstack/react-router';
import { Check, Link2 } from 'lucide-react';
import { useState } from 'react';
import { copy } from '../../kit/CopyButton';

export function ShareButton() {
  const router = useRouter();
  const [isCopied, setIsCopied] = useState(false);
  const queryEditor = useGraphiQL((state) => state.queryEditor);
  const variableEditor = useGraphiQL((state) => state.variableEditor);
  const op = useGraphiQL((state) => state.operationName);
  const share = () => {
    const search = { query: queryEditor?.getValue(), variables: variableEditor?.getValue() || undefined, op };
    const { href } = router.buildLocation({ to: '/api', search });
    void copy(new URL(href, location.href).href).then((done) => {
      setIsCopied(done);
      setTimeout(() => setIsCopied(false), 1600);
    });
  };
  return (
    <ToolbarButton onClick={share} label={isCopied ? 'Address copied' : 'Copy an address with this operation'}>
      {isCopied ? <Check className="graphiql-toolbar-icon" aria-hidden="true" /> : <Link2 className="graphiql-toolbar-icon" aria-hidden="true" />}
    </ToolbarButton>
  );
}
