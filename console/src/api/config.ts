// How the gateway was started, as far as it tells: `GET v1alpha1/config`, which is Hasura's.
import { useQuery } from '@tanstack/react-query';
import { request } from './client';

export type Config = Readonly<Record<string, unknown>>;

/** Null when the gateway does not tell: that API can be switched off, which is no failure. */
export function useConfig() {
  return useQuery({
    queryKey: ['config'],
    queryFn: async ({ signal }): Promise<Config | null> => {
      const response = await request('v1alpha1/config', { signal });
      return response.ok ? await response.json() : null;
    },
  });
}
