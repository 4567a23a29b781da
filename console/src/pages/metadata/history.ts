// The metadata as it was, and the commands that go back to it. Their answers are in docs/api.md, under "The metadata as a whole".
import { useQuery } from '@tanstack/react-query';
import type { MetadataHistory, MetadataVersion } from '../../api/api';
import { command } from '../../api/client';

const HOW_MANY = 100;

/** The newest versions, the newest first. Asked again whenever the metadata changes, as questions are. */
export function useHistory(limit = HOW_MANY) {
  return useQuery({
    queryKey: ['ask', 'get_metadata_history', limit],
    queryFn: async () => (await command<MetadataHistory>('get_metadata_history', { limit })).history,
  });
}

const SOURCES: Record<string, string> = { cli: 'the command line', console: 'a console', gateway: 'the gateway itself', api: 'the metadata API' };

/** Who made a version, for people. */
export function sourceOf({ source }: Pick<MetadataVersion, 'source'>): string {
  return SOURCES[source] ?? source;
}
