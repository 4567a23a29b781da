// What a remote has changed, as docs/schema-changes.md describes it: answered by `reload_remote_schemas`, `apply_remote_schema_changes` and
// `get_remote_schema_changes`, which are commands of the API and so have no generated types.
import { useQuery } from '@tanstack/react-query';
import { command } from '../../api/client';

export interface Affected {
  type: string;
  name: string;
  reason: string;
}

export interface SchemaChange {
  kind: string;
  path: string;
  breaking_graphql: 'breaking' | 'dangerous' | 'none';
  description: string;
  affects: Affected[];
}

export interface RemoteChange {
  remote: string;
  changes: SchemaChange[];
  fetched_at?: string;
}

/** What was served, or would be. */
export interface ChangeReport {
  changes: RemoteChange[];
  affects: Affected[];
  safe: boolean;
}

interface HeldChanges {
  changes: (RemoteChange & Pick<ChangeReport, 'affects' | 'safe'>)[];
}

/** What is held of a remote; null when nothing is. */
export function useHeldChange(remote: string, isHeld: boolean) {
  return useQuery({
    queryKey: ['ask', 'get_remote_schema_changes', remote],
    queryFn: () => command<HeldChanges>('get_remote_schema_changes', { names: [remote] }),
    enabled: isHeld,
    select: ({ changes }): ChangeReport | null => {
      const held = changes.find((change) => change.remote === remote);
      return held ? { changes: [held], affects: held.affects, safe: held.safe } : null;
    },
  });
}

/** `2 added, 1 removed, 3 changed`, in the words of the changes' kinds. */
export function countsOf(changes: readonly SchemaChange[]): string {
  const counts = new Map<string, number>();
  for (const { kind } of changes) {
    const word = /_(added|removed)$/.exec(kind)?.[1] ?? 'changed';
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return ['added', 'removed', 'changed'].flatMap((word) => (counts.has(word) ? [`${counts.get(word)} ${word}`] : [])).join(', ');
}

/** Everything that would break, each thing once. */
export function brokenBy({ changes, affects }: ChangeReport): Affected[] {
  const all = [...affects, ...changes.flatMap((remote) => remote.changes.flatMap((change) => change.affects))];
  return [...new Map(all.map((affected) => [`${affected.name}\n${affected.reason}`, affected])).values()];
}
