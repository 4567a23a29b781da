// A part of a page that is loaded when it is needed. When it cannot be, it says so in its place, and what is typed elsewhere stays.
import { CatchBoundary, type ErrorComponentProps } from '@tanstack/react-router';
import { Suspense, type ReactNode } from 'react';
import { Button } from './Button';
import { ErrorPanel } from './ErrorPanel';

export function LazyPart({ fallback = null, children }: { fallback?: ReactNode; children: ReactNode }) {
  return (
    // What has failed once is not loaded again without a reload, so nothing sets it back.
    <CatchBoundary getResetKey={() => 0} errorComponent={PartFailure}>
      <Suspense fallback={fallback}>{children}</Suspense>
    </CatchBoundary>
  );
}

function PartFailure({ error }: ErrorComponentProps) {
  return (
    <ErrorPanel
      title="This part of the page could not be shown"
      error={error}
      help="It belongs to another version of the console, or the gateway did not answer. Reloading mends both; what is typed and not saved is lost by it, so keep a copy."
      actions={<Button onClick={() => location.reload()}>Reload</Button>}
    />
  );
}
