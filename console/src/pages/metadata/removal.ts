// The command that takes an object with a problem out of the metadata.
import type { ProblemRow } from '../../api/api';

export interface Removal {
  command: { type: string; args: unknown };
  /** What goes with it, for the question before. */
  consequence: string;
}

/** How the object of a problem is removed; null when no single command does it. */
export function removalOf({ kind, remote_schema, type_name, relationship, role }: Pick<ProblemRow, 'kind' | 'remote_schema' | 'type_name' | 'relationship' | 'role'>): Removal | null {
  if (remote_schema !== null && type_name !== null && relationship !== null) {
    const args = { remote_schema, type_name, name: relationship };
    return { command: { type: 'delete_remote_schema_remote_relationship', args }, consequence: 'Clients can no longer ask for this field.' };
  }
  if (kind === 'remote_schema_permission' && remote_schema !== null && role !== null) {
    const args = { remote_schema, role };
    return { command: { type: 'drop_remote_schema_permissions', args }, consequence: `The role ${role} sees nothing of ${remote_schema} then.` };
  }
  if (kind === 'inherited_role' && role !== null) {
    return { command: { type: 'drop_inherited_role', args: { role_name: role } }, consequence: 'The roles that it is made of stay.' };
  }
  if (kind === 'remote_schema' && remote_schema !== null) {
    const args = { name: remote_schema, cascade: true };
    return { command: { type: 'remove_remote_schema', args }, consequence: 'Its permissions, its relationships and those that lead to it go too.' };
  }
  return null;
}
