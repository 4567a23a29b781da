// Questions and commands as React hooks.
import { QueryClient, queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { Answers } from './api';
import type { ArgumentsOf, CommandOptions, QuestionType } from './client';
import { ask, command } from './client';

export const queryClient = new QueryClient({
  defaultOptions: {
    // The gateway tells when something has changed, and `events.ts` asks again when it comes back.
    queries: { staleTime: 60_000, retry: false, refetchOnWindowFocus: false },
  },
});

/** A question for `useQuery`, `prefetchQuery` and their like. */
export function question<T extends QuestionType>(type: T, args: ArgumentsOf<T>) {
  return queryOptions<Answers[T]>({
    queryKey: ['ask', type, args],
    queryFn: ({ signal }) => ask(type, args, signal),
  });
}

interface AskOptions {
  /** Nothing is asked while this is false. */
  enabled?: boolean;
  /** Shows the last answer until there is one to the new arguments, so that lists do not flicker while somebody types. */
  keepPrevious?: boolean;
}

/** The answer to a question, kept up to date. */
export function useAsk<T extends QuestionType>(type: T, args: ArgumentsOf<T>, { enabled = true, keepPrevious = false }: AskOptions = {}) {
  return useQuery({
    ...question(type, args),
    enabled,
    placeholderData: keepPrevious ? (previous) => previous : undefined,
  });
}

interface Command extends CommandOptions {
  type: string;
  args: unknown;
}

/** Sends commands: `const save = useCommand(); save.mutate({ type: 'add_remote_schema', args })`. */
export function useCommand<Answer = unknown>() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ type, args, ...options }: Command) => command<Answer>(type, args, options),
    // Also after an error: one that says `conflict` means that what we know is old.
    onSettled: () => client.invalidateQueries({ predicate: ({ queryKey }) => isAboutMetadata(queryKey) }),
  });
}

const OF_THE_PAST = ['get_traces', 'get_trace'];
const OF_REMOTES = ['probe_remote_schema', 'test_relationship'];

/** Whether an answer may be another one when the metadata has changed. What asks remotes is not asked again behind anybody's back. */
export function isAboutMetadata([kind, type]: readonly unknown[]): boolean {
  return kind === 'ask' && typeof type === 'string' && !OF_THE_PAST.includes(type) && !OF_REMOTES.includes(type);
}
