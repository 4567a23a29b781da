// The commands that save a relationship.
import type { Relationship } from './mapping';

export interface Command {
  type: string;
  args: unknown;
}

/** Which relationship is changed: the type it is on and its name. */
export interface Saved {
  type_name: string;
  name: string;
}

const ACTION = 'schema_remote_relationship';

/** Adds a relationship, or puts it in the place of another one. One that gets another name moves in one step, so that it is never gone. */
export function savingCommand(remoteSchema: string, relationship: Relationship, replaced: Saved | null): Command {
  const args = { remote_schema: remoteSchema, ...relationship };
  if (replaced === null) return { type: `create_remote_${ACTION}`, args };
  if (replaced.type_name === relationship.type_name && replaced.name === relationship.name) return { type: `update_remote_${ACTION}`, args };
  return { type: 'bulk', args: [deletingCommand(remoteSchema, replaced), { type: `create_remote_${ACTION}`, args }] };
}

export function deletingCommand(remoteSchema: string, { type_name, name }: Saved): Command {
  return { type: `delete_remote_${ACTION}`, args: { remote_schema: remoteSchema, type_name, name } };
}
