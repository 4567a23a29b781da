// A remote schema that is being written. It is its definition, with whatever the form has no field for, so nothing gets lost on the way.
import type { Header, RemoteSchemaDefinition } from '../../api/api';

export interface Draft {
  name: string;
  comment: string;
  definition: RemoteSchemaDefinition;
}

export type AddressSource = 'url' | 'variable';
export type SchemaSource = 'introspection' | 'sdl' | 'file' | 'url';

export const EMPTY: Draft = { name: '', comment: '', definition: { url: '' } };

/** The arguments of `add_remote_schema` and `update_remote_schema`. */
export interface RemoteArguments {
  name: string;
  definition: RemoteSchemaDefinition;
  comment?: string;
}

export function argumentsOf({ name, comment, definition }: Draft): RemoteArguments {
  const tidied = tidy(definition);
  return comment.trim() === '' ? { name: name.trim(), definition: tidied } : { name: name.trim(), definition: tidied, comment: comment.trim() };
}

/** Without what was begun and left empty: a header without a name, a prefix of no letters. */
export function tidy(definition: RemoteSchemaDefinition): RemoteSchemaDefinition {
  const { headers, introspection_headers, customization, schema_from, ...rest } = definition;
  const tidied: RemoteSchemaDefinition = { ...rest };
  if (tidied.url !== undefined) tidied.url = tidied.url.trim();
  if (tidied.url_from_env !== undefined) tidied.url_from_env = tidied.url_from_env.trim();
  if (!tidied.forward_client_headers) delete tidied.forward_client_headers;
  for (const [key, list] of [['headers', named(headers)], ['introspection_headers', named(introspection_headers)]] as const) {
    if (list.length > 0) tidied[key] = list;
  }
  const renames = tidyCustomization(customization);
  if (renames) tidied.customization = renames;
  if (schema_from) tidied.schema_from = schema_from;
  return withoutUndefined(tidied);
}

const named = (headers: Header[] = []) => headers.filter(({ name }) => name.trim() !== '');

/** Absent when it renames nothing. */
export function tidyCustomization(customization: RemoteSchemaDefinition['customization']): RemoteSchemaDefinition['customization'] {
  if (!customization) return undefined;
  const { root_fields_namespace, type_names, field_names = [] } = customization;
  const fields = field_names
    .map(({ parent_type, ...names }) => ({ parent_type, ...tidyNames(names) }))
    .filter((names) => Object.keys(names).length > 1);
  const types = tidyNames(type_names ?? {});
  const tidied = {
    ...(root_fields_namespace?.trim() && { root_fields_namespace: root_fields_namespace.trim() }),
    ...(Object.keys(types).length > 0 && { type_names: types }),
    ...(fields.length > 0 && { field_names: fields }),
  };
  return Object.keys(tidied).length > 0 ? tidied : undefined;
}

interface Names {
  prefix?: string;
  suffix?: string;
  mapping?: { [key in string]: string };
}

function tidyNames({ prefix, suffix, mapping = {} }: Names): Names {
  const entries = Object.entries(mapping).filter(([, served]) => served.trim() !== '');
  return {
    ...(prefix && { prefix }),
    ...(suffix && { suffix }),
    ...(entries.length > 0 && { mapping: Object.fromEntries(entries) }),
  };
}

function withoutUndefined(definition: RemoteSchemaDefinition): RemoteSchemaDefinition {
  return Object.fromEntries(Object.entries(definition).filter(([, value]) => value !== undefined));
}

/** Whether two drafts would be saved as the same. Keys stand in any order. */
export function isSame(a: Draft, b: Draft): boolean {
  return stable(argumentsOf(a)) === stable(argumentsOf(b));
}

function stable(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part) ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1))) : part,
  );
}

export function addressOf({ url, url_from_env }: RemoteSchemaDefinition): { source: AddressSource; text: string } {
  return url_from_env === undefined ? { source: 'url', text: url ?? '' } : { source: 'variable', text: url_from_env };
}

export function withAddress(definition: RemoteSchemaDefinition, source: AddressSource, text: string): RemoteSchemaDefinition {
  const { url: _url, url_from_env: _variable, ...rest } = definition;
  return source === 'url' ? { ...rest, url: text } : { ...rest, url_from_env: text };
}

export function schemaSourceOf({ schema_from }: RemoteSchemaDefinition): { source: SchemaSource; text: string } {
  if (!schema_from) return { source: 'introspection', text: '' };
  if ('sdl' in schema_from) return { source: 'sdl', text: schema_from.sdl };
  if ('file' in schema_from) return { source: 'file', text: schema_from.file };
  return { source: 'url', text: schema_from.url };
}

export function withSchemaSource(definition: RemoteSchemaDefinition, source: SchemaSource, text: string): RemoteSchemaDefinition {
  const { schema_from: _schemaFrom, ...rest } = definition;
  if (source === 'introspection') return rest;
  if (source === 'sdl') return { ...rest, schema_from: { sdl: text } };
  return { ...rest, schema_from: source === 'file' ? { file: text } : { url: text } };
}

const KNOWN = new Set([
  'url',
  'url_from_env',
  'timeout_seconds',
  'customization',
  'headers',
  'forward_client_headers',
  'introspection_headers',
  'schema_from',
  'poll_interval_seconds',
  'on_schema_change',
  'max_aliases',
]);

/** What is kept as it is because the form has no field for it. */
export function keptKeys(definition: RemoteSchemaDefinition): string[] {
  return Object.keys(definition).filter((key) => !KNOWN.has(key));
}
