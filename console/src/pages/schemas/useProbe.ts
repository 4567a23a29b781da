// What the gateway says of a remote schema that is being written: asked again a moment after the last change.
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { Probe } from '../../api/api';
import { ask } from '../../api/client';
import { argumentsOf, type Draft } from './draft';

interface ProbeOptions {
  /** The name that it has in the metadata. */
  replaces?: string;
  /** Whether the remote itself is asked. */
  fetch: boolean;
  isEnabled?: boolean;
}

const PAUSE = 350;

/** `data` is the last answer, also while there is no answer to the latest change yet; `isBehind` says so. */
export function useProbe(draft: Draft, { replaces, fetch, isEnabled = true }: ProbeOptions) {
  const { name, definition } = argumentsOf(draft);
  // A name is needed to ask, and says nothing about whether the remote answers.
  const args = { name: name || 'unnamed', definition, ...(replaces !== undefined && { replaces }), fetch };
  const key = JSON.stringify(args);
  const settled = useSettled(key);
  const query = useQuery<Probe>({
    queryKey: ['ask', 'probe_remote_schema', settled],
    queryFn: ({ signal }) => ask('probe_remote_schema', JSON.parse(settled), signal),
    // Not for what was there before the last change: it may be half of an address.
    enabled: isEnabled && settled === key,
    placeholderData: (previous) => previous,
    staleTime: Infinity,
    // Remotes are asked when somebody wants it, so an answer is not kept for the next visit.
    gcTime: 0,
  });
  return { ...query, isBehind: isEnabled && (query.isFetching || settled !== key) };
}

function useSettled(value: string): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), PAUSE);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}
