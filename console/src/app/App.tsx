import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { useEffect } from 'react';
import { queryClient } from '../api/ask';
import { listen } from '../api/events';
import { SignIn } from './session/SignIn';
import { useSession } from './session/session';
import { router } from './routes';
import './theme';

export function App() {
  const { refusal, wasAccepted } = useSession();
  useEffect(() => {
    const controller = new AbortController();
    void listen(controller.signal);
    return () => controller.abort();
  }, []);
  // Once there is a page with something typed into it, the secret is asked for above that page.
  const isLockedOut = refusal !== null && !wasAccepted;
  return (
    <QueryClientProvider client={queryClient}>
      {!isLockedOut && <RouterProvider router={router} />}
      <SignIn />
    </QueryClientProvider>
  );
}
