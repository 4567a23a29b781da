// What could not be served any more, as an error of a metadata command names it beside its message.

export interface InconsistentObject {
  name: string;
  reason: string;
}

/** The objects in `internal` of an error; none when it is about something else. */
export function inconsistentObjects(internal: unknown): InconsistentObject[] {
  if (!Array.isArray(internal)) return [];
  return internal.flatMap((entry: unknown) => {
    if (typeof entry !== 'object' || entry === null || !('name' in entry) || !('reason' in entry)) return [];
    const { name, reason } = entry;
    return typeof name === 'string' && typeof reason === 'string' ? [{ name: readable(name), reason: reason.replace(/^Inconsistent object: /, '') }] : [];
  });
}

/** Without the kind in front, which says the same again: `remote_schema_remote_relationship remote_relationship user on type …`. */
function readable(name: string): string {
  return name.replace(/^remote_schema_\w+ (?=remote_relationship |role )/, '').replace(/^(remote_schema|remote_relationship)\b/, (kind) => kind.replaceAll('_', ' '));
}
