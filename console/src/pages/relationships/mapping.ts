// The form of a relationship, and the definition that it stands for. Whatever a definition has that the form does not show is kept.
import type { Batch, JsonValue, OnError } from '../../api/api';

/** Where the value of an argument comes from. An argument without one is left to clients. */
export type Filling =
  | { from: 'field'; field: string }
  | { from: 'value'; value: JsonValue }
  | { from: 'members'; members: Fillings }
  | { from: 'list'; items: Filling[] };

export type Fillings = Record<string, Filling>;

/** A field on the way from the query root to the target. */
export interface PathStep {
  field: string;
  fillings: Fillings;
  unknown: JsonObject;
}

export interface RelationshipForm {
  typeName: string;
  name: string;
  /** The remote schema that the value comes from. */
  target: string;
  path: PathStep[];
  batch: Batch | null;
  onError: OnError | null;
  /** Keys as they were written, for their order; those that no argument uses count, too. */
  keys: string[];
  unusedKeys: string[];
  unknown: JsonObject;
}

export type JsonObject = Record<string, unknown>;

/** What a relationship is saved as. */
export interface Relationship {
  type_name: string;
  name: string;
  definition: JsonObject;
}

export const EMPTY_FORM: RelationshipForm = {
  typeName: '',
  name: '',
  target: '',
  path: [],
  batch: null,
  onError: null,
  keys: [],
  unusedKeys: [],
  unknown: {},
};

export function relationshipOf(form: RelationshipForm): Relationship {
  const to: JsonObject = {
    ...form.unknown,
    remote_schema: form.target,
    lhs_fields: keysOf(form),
    remote_field: remoteFieldOf(form.path),
  };
  if (form.batch) to['batch'] = form.batch;
  if (form.onError) to['on_error'] = form.onError;
  return { type_name: form.typeName, name: form.name, definition: { to_remote_schema: to } };
}

/** Whether two forms stand for the same relationship; none at all is like nothing but none. */
export function isSame(one: RelationshipForm | null, other: RelationshipForm | null): boolean {
  return one === other || (one !== null && other !== null && JSON.stringify(relationshipOf(one)) === JSON.stringify(relationshipOf(other)));
}

/** The form of a relationship; a text that says what is wrong if it cannot be shown in one. */
export function formOf(relationship: unknown): RelationshipForm | string {
  if (!isObject(relationship)) return 'A relationship has `type_name`, `name` and `definition`.';
  const { type_name: typeName, name, definition } = relationship;
  if (typeof typeName !== 'string' || typeof name !== 'string') return '`type_name` and `name` have to be texts.';
  if (!isObject(definition)) return '`definition` is missing.';
  const to = definition['to_remote_schema'];
  if (!isObject(to)) return '`definition` needs `to_remote_schema`; other kinds of relationships are kept but not served.';
  const { remote_schema: target, lhs_fields: lhsFields = [], remote_field: remoteField, batch, on_error: onError, ...unknown } = to;
  if (typeof target !== 'string') return '`remote_schema` has to be the name of a remote schema.';
  if (!Array.isArray(lhsFields) || !lhsFields.every((key) => typeof key === 'string')) return '`lhs_fields` has to be a list of field names.';
  if (onError !== undefined && onError !== null && onError !== 'null' && onError !== 'fail') return '`on_error` is `null` or `fail`.';
  if (batch !== undefined && batch !== null && !isBatch(batch)) return '`batch` needs `keys`: for each key, the field of an element that carries it.';
  const path = pathOf(remoteField);
  if (typeof path === 'string') return path;
  const used = new Set(path.flatMap(({ fillings }) => fieldsIn(fillings)));
  return {
    typeName,
    name,
    target,
    path,
    batch: batch ?? null,
    onError: onError ?? null,
    keys: lhsFields,
    unusedKeys: lhsFields.filter((key) => !used.has(key)),
    unknown,
  };
}

/** The fields whose values are the join key: in the order they were written, then in the order they are used. */
export function keysOf({ path, keys, unusedKeys }: RelationshipForm): string[] {
  const wanted = new Set([...path.flatMap(({ fillings }) => fieldsIn(fillings)), ...unusedKeys]);
  return [...keys.filter((key) => wanted.delete(key)), ...wanted];
}

/** The value of a template, as it stands in a definition. */
export function valueOf(filling: Filling): JsonValue {
  switch (filling.from) {
    case 'field':
      return `$${filling.field}`;
    case 'value':
      return filling.value;
    case 'members':
      return valuesOf(filling.members);
    case 'list':
      return filling.items.map(valueOf);
  }
}

export function fillingOf(value: JsonValue): Filling {
  if (typeof value === 'string' && value.startsWith('$')) return { from: 'field', field: value.slice(1) };
  if (Array.isArray(value)) {
    const items = value.map(fillingOf);
    // A list of plain values is one value: it is typed as such.
    return items.some((item) => fieldsOf(item).length > 0) ? { from: 'list', items } : { from: 'value', value };
  }
  if (typeof value === 'object' && value !== null) return { from: 'members', members: mapValues(value, fillingOf) };
  return { from: 'value', value };
}

/** The same fillings with one of them replaced, or taken away. */
export function withFilling(fillings: Fillings, name: string, filling: Filling | null): Fillings {
  const { [name]: _, ...others } = fillings;
  // In its old place, so that nothing jumps in the text beside the form.
  return filling === null ? others : { ...fillings, [name]: filling };
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function remoteFieldOf([step, ...rest]: PathStep[]): JsonObject {
  if (!step) return {};
  const call: JsonObject = { ...step.unknown, arguments: valuesOf(step.fillings) };
  if (rest.length > 0) call['field'] = remoteFieldOf(rest);
  return { [step.field]: call };
}

function pathOf(remoteField: unknown): PathStep[] | string {
  if (remoteField === undefined || remoteField === null) return [];
  if (!isObject(remoteField)) return '`remote_field` has to name a field.';
  const [entry, second] = Object.entries(remoteField);
  if (!entry) return [];
  if (second) return '`remote_field` names one field; the next one stands under its `field`.';
  const [field, call] = entry;
  if (!isObject(call)) return `\`${field}\` needs \`arguments\`, which may be \`{}\`.`;
  const { arguments: values, field: next, ...unknown } = call;
  if (values !== undefined && values !== null && !isJsonObject(values)) return `The \`arguments\` of \`${field}\` have to be names with values.`;
  const rest = pathOf(next);
  if (typeof rest === 'string') return rest;
  return [{ field, fillings: mapValues(values ?? {}, fillingOf), unknown }, ...rest];
}

const valuesOf = (fillings: Fillings): { [key in string]: JsonValue } => mapValues(fillings, valueOf);
const fieldsIn = (fillings: Fillings): string[] => Object.values(fillings).flatMap(fieldsOf);

function fieldsOf(filling: Filling): string[] {
  switch (filling.from) {
    case 'field':
      return [filling.field];
    case 'value':
      return [];
    case 'members':
      return fieldsIn(filling.members);
    case 'list':
      return filling.items.flatMap(fieldsOf);
  }
}

function mapValues<From, To>(object: Record<string, From>, change: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]));
}

/** What comes from JSON or YAML has no other values than those of JSON. */
function isJsonObject(value: unknown): value is { [key in string]: JsonValue } {
  return isObject(value);
}

function isBatch(value: unknown): value is Batch {
  return isObject(value) && isObject(value['keys']) && Object.values(value['keys']).every((field) => typeof field === 'string');
}
