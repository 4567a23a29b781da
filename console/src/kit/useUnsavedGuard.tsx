// Asks before what was typed is left behind, whether by a link, the browser's buttons or closing the tab.
import { useBlocker } from '@tanstack/react-router';
import { Button } from './Button';
import { Dialog } from './Dialog';

/** Put what it returns on the page. `isDirty` is false again once it is saved. */
export function useUnsavedGuard(isDirty: boolean) {
  const { status, proceed, reset } = useBlocker({
    shouldBlockFn: ({ current, next }) => isDirty && current.pathname !== next.pathname,
    enableBeforeUnload: () => isDirty,
    withResolver: true,
  });
  if (status !== 'blocked') return null;
  return (
    <Dialog
      isOpen
      onClose={reset}
      title="Leave without saving?"
      description="What you changed on this page has not been saved."
      actions={
        <>
          <Button kind="danger" onClick={proceed}>
            Leave and discard
          </Button>
          <Button kind="primary" onClick={reset}>
            Stay
          </Button>
        </>
      }
    />
  );
}
