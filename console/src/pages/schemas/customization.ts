// Renames of one remote schema, changed one at a time. Keys are original names; an empty new name takes a rename back.
import type { Customization, FieldNames } from '../../api/api';

interface Affixes {
  prefix?: string;
  suffix?: string;
}

const BUILT_IN = new Set(['Int', 'Float', 'String', 'Boolean', 'ID']);

/** What a type is served as. */
export function servedType({ type_names }: Customization, name: string): string {
  if (BUILT_IN.has(name)) return name;
  return type_names?.mapping?.[name] || affixed(type_names, name);
}

/** What a field is served as. */
export function servedField(customization: Customization, type: string, field: string): string {
  const names = fieldNames(customization, type);
  return names?.mapping?.[field] || affixed(names, field);
}

/** What a name becomes when it has no rename of its own. */
export function affixed({ prefix = '', suffix = '' }: Affixes | undefined = {}, name: string): string {
  return `${prefix}${name}${suffix}`;
}

export function fieldNames({ field_names = [] }: Customization, type: string): FieldNames | undefined {
  return field_names.find(({ parent_type }) => parent_type === type);
}

export function renameType(customization: Customization, name: string, served: string): Customization {
  return { ...customization, type_names: { ...customization.type_names, mapping: renamed(customization.type_names?.mapping, name, served) } };
}

export function renameField(customization: Customization, type: string, field: string, served: string): Customization {
  return withFieldNames(customization, type, { mapping: renamed(fieldNames(customization, type)?.mapping, field, served) });
}

export function affixFields(customization: Customization, type: string, affixes: Affixes): Customization {
  return withFieldNames(customization, type, affixes);
}

/** Names of types that have a rename of their own, or whose fields have. */
export function renamedTypes({ type_names, field_names = [] }: Customization): string[] {
  return [...new Set([...Object.keys(type_names?.mapping ?? {}), ...field_names.map(({ parent_type }) => parent_type)])].toSorted();
}

/** Whether the fields of a type are renamed. */
export function hasFieldNames(customization: Customization, type: string): boolean {
  const { prefix, suffix, mapping = {} } = fieldNames(customization, type) ?? {};
  return Boolean(prefix || suffix) || Object.keys(mapping).length > 0;
}

function withFieldNames(customization: Customization, type: string, change: Partial<FieldNames>): Customization {
  const { field_names = [] } = customization;
  const before = fieldNames(customization, type);
  const after = { parent_type: type, ...before, ...change };
  return { ...customization, field_names: before ? field_names.map((names) => (names === before ? after : names)) : [...field_names, after] };
}

function renamed(mapping: { [key in string]: string } = {}, name: string, served: string): { [key in string]: string } {
  const { [name]: _before, ...rest } = mapping;
  return served.trim() === '' ? rest : { ...rest, [name]: served.trim() };
}
