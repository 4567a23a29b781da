// A remote schema as the metadata has it, broken or not. There is no question for it: it is in the export, with the version to save against.
import { queryOptions, useQuery } from '@tanstack/react-query';
import type { RemoteSchemaDefinition } from '../../api/api';
import { command } from '../../api/client';
import type { Draft } from './draft';

/** An answer of `export_metadata`, as far as it is needed here. */
interface Export {
  resource_version: number;
  metadata: { remote_schemas?: { name: string; definition: RemoteSchemaDefinition; comment?: string | null }[] };
}

export interface SavedRemote {
  /** Null when there is no remote schema of that name. */
  draft: Draft | null;
  resourceVersion: number;
}

/** Its key is that of a question, so it is asked again when the metadata has changed. */
const metadata = queryOptions({
  queryKey: ['ask', 'export_metadata', {}],
  queryFn: () => command<Export>('export_metadata', {}, { version: 2 }),
});

export function useSavedRemote(name: string | undefined) {
  return useQuery({ ...metadata, enabled: name !== undefined, select: (answer) => pick(answer, name) });
}

function pick({ resource_version, metadata }: Export, name: string | undefined): SavedRemote {
  const remote = metadata.remote_schemas?.find((remote) => remote.name === name);
  const draft = remote ? { name: remote.name, comment: remote.comment ?? '', definition: remote.definition } : null;
  return { draft, resourceVersion: resource_version };
}
