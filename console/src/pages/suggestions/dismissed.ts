// Suggestions that nobody wants to see again. They are kept by the gateway, so that they stay dismissed for everyone and everywhere.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { command } from '../../api/client';

const KEY = ['ask', 'get_catalog_state', 'console'];
const MEMBER = 'dismissed_suggestions';

type ConsoleState = Record<string, unknown>;

/** What the console keeps besides is left as it is. */
async function consoleState(): Promise<ConsoleState> {
  const { console_state } = await command<{ console_state: ConsoleState }>('get_catalog_state', {});
  return console_state;
}

export function idsIn(state: ConsoleState): string[] {
  const ids = state[MEMBER];
  return Array.isArray(ids) ? ids.filter((id) => typeof id === 'string') : [];
}

export function useDismissed() {
  const client = useQueryClient();
  const { data = [] } = useQuery({ queryKey: KEY, queryFn: async () => idsIn(await consoleState()) });
  const { mutate, error } = useMutation({
    mutationFn: async ({ id, isDismissed }: { id: string; isDismissed: boolean }) => {
      // Read again: somebody else may have dismissed something meanwhile.
      const before = await consoleState();
      const others = idsIn(before).filter((other) => other !== id);
      const ids = isDismissed ? [...others, id] : others;
      await command('set_catalog_state', { type: 'console', state: { ...before, [MEMBER]: ids } });
      return ids;
    },
    onSuccess: (ids) => client.setQueryData(KEY, ids),
  });
  return {
    isDismissed: (id: string) => data.includes(id),
    dismiss: (id: string) => mutate({ id, isDismissed: true }),
    restore: (id: string) => mutate({ id, isDismissed: false }),
    error,
  };
}
