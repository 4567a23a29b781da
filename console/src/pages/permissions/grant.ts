// What a permission grants, as a set of places, and its two spellings: the SDL of Hasura, and everything but what is denied.
//
// A place is written as everywhere else: `User.email`, `Query.user(id:)`, `UserFilter.name`, `Status.PAID`, and `Result.Order` for a
// member of a union. Types have no place: one is granted when something of it is. Whether a permission holds is the server's to say.
import {
  type ConstValueNode,
  type DefinitionNode,
  type FieldDefinitionNode,
  type InputValueDefinitionNode,
  Kind,
  type TypeNode,
  parse,
  print,
} from 'graphql';

export type TypeKind = 'object' | 'interface' | 'input' | 'enum' | 'union' | 'scalar';
export type Operation = 'query' | 'mutation' | 'subscription';

export interface Argument {
  name: string;
  place: string;
  type: string;
  named: string;
  isRequired: boolean;
  /** As it is written behind the type: ` = 10`. */
  defaultText: string;
}

export interface Member {
  name: string;
  place: string;
  /** Empty for values of enums. */
  type: string;
  named: string;
  isRequired: boolean;
  defaultText: string;
  arguments: Argument[];
}

export interface TypeOfSchema {
  name: string;
  kind: TypeKind;
  members: Member[];
  interfaces: string[];
}

export interface Schema {
  types: Map<string, TypeOfSchema>;
  roots: Map<Operation, string>;
}

export interface Grant {
  granted: ReadonlySet<string>;
  /** What is sent in place of what clients would send, by place, as GraphQL values. */
  presets: ReadonlyMap<string, string>;
}

export interface Definition {
  schema: string;
  deny?: string[];
}

const ROOT_NAMES: [Operation, string][] = [
  ['query', 'Query'],
  ['mutation', 'Mutation'],
  ['subscription', 'Subscription'],
];

/** Reads SDL. Throws the syntax error of the GraphQL library. */
export function readSchema(sdl: string): Schema {
  const types = new Map<string, TypeOfSchema>();
  const roots = new Map<Operation, string>();
  for (const definition of definitionsOf(sdl)) {
    if (definition.kind === Kind.SCHEMA_DEFINITION) {
      for (const { operation, type } of definition.operationTypes) roots.set(operation, type.name.value);
    }
    const type = typeOf(definition);
    if (type) types.set(type.name, type);
  }
  if (roots.size === 0) for (const [operation, name] of ROOT_NAMES) if (types.has(name)) roots.set(operation, name);
  return { types, roots };
}

/** Everything that the schema has. */
export function everything(schema: Schema): Grant {
  const granted = new Set<string>();
  for (const type of schema.types.values()) for (const member of type.members) grantAll(member, granted);
  return { granted, presets: new Map() };
}

/** What a definition grants of the schema. Throws when its SDL cannot be parsed. */
export function readGrant(definition: Definition | null, schema: Schema): Grant {
  if (!definition) return { granted: new Set(), presets: new Map() };
  if (definition.schema.trim() === '*') {
    const denied = new Set(definition.deny ?? []);
    const isDenied = (place: string) => denied.has(place) || denied.has(place.split('.')[0] ?? '') || denied.has(place.split('(')[0] ?? '');
    const { granted, presets } = everything(schema);
    return { granted: new Set([...granted].filter((place) => !isDenied(place))), presets };
  }
  const granted = new Set<string>();
  const presets = new Map<string, string>();
  for (const definition_ of definitionsOf(definition.schema)) {
    const type = typeOf(definition_);
    for (const member of type?.members ?? []) grantAll(member, granted);
    collectPresets(definition_, presets);
  }
  return { granted, presets };
}

/** The permission as SDL: what is granted, and the scalars that it needs. */
export function writeSdl(schema: Schema, { granted, presets }: Grant): string {
  const isThere = (type: TypeOfSchema) => type.members.some(({ place }) => granted.has(place));
  const preset = (place: string) => (presets.has(place) ? ` @preset(value: ${presets.get(place)})` : '');
  const argument = ({ name, place, type, defaultText }: Argument) => `${name}: ${type}${defaultText}${preset(place)}`;
  const argumentsOf = (member: Member) => {
    const kept = member.arguments.filter(({ place }) => granted.has(place));
    return kept.length > 0 ? `(${kept.map(argument).join(', ')})` : '';
  };
  const scalars = new Set<string>();
  const blocks: string[] = [];
  for (const type of schema.types.values()) {
    if (!isThere(type)) continue;
    const members = type.members.filter(({ place }) => granted.has(place));
    for (const named of members.flatMap((member) => [member.named, ...member.arguments.filter(({ place }) => granted.has(place)).map((its) => its.named)])) {
      if (schema.types.get(named)?.kind === 'scalar') scalars.add(named);
    }
    const implemented = type.interfaces.filter((name) => {
      const its = schema.types.get(name);
      return its !== undefined && isThere(its);
    });
    const implementsText = implemented.length > 0 ? ` implements ${implemented.join(' & ')}` : '';
    const body = (line: (member: Member) => string) => `{\n${members.map((member) => `  ${line(member)}\n`).join('')}}`;
    if (type.kind === 'union') blocks.push(`union ${type.name} = ${members.map(({ name }) => name).join(' | ')}`);
    else if (type.kind === 'enum') blocks.push(`enum ${type.name} ${body(({ name }) => name)}`);
    else if (type.kind === 'input') blocks.push(`input ${type.name} ${body(({ name, type: its, defaultText, place }) => `${name}: ${its}${defaultText}${preset(place)}`)}`);
    else {
      const keyword = type.kind === 'interface' ? 'interface' : 'type';
      blocks.push(`${keyword} ${type.name}${implementsText} ${body((member) => `${member.name}${argumentsOf(member)}: ${member.type}`)}`);
    }
  }
  const operations = [...schema.roots].filter(([, name]) => {
    const root = schema.types.get(name);
    return root !== undefined && isThere(root);
  });
  const head = operations.length > 0 ? [`schema {\n${operations.map(([operation, name]) => `  ${operation}: ${name}\n`).join('')}}`] : [];
  return [...head, ...blocks, ...[...scalars].sort().map((name) => `scalar ${name}`)].join('\n\n') + (blocks.length > 0 ? '\n' : '');
}

/** The permission as everything but what is not granted; null when presets need SDL. */
export function writeDenial(schema: Schema, { granted, presets }: Grant): Definition | null {
  if (presets.size > 0) return null;
  const deny: string[] = [];
  for (const type of schema.types.values()) {
    if (type.members.length > 0 && type.members.every(({ place }) => !granted.has(place))) {
      deny.push(type.name);
      continue;
    }
    for (const member of type.members) {
      if (!granted.has(member.place)) deny.push(member.place);
      else for (const { place } of member.arguments) if (!granted.has(place)) deny.push(place);
    }
  }
  return deny.length > 0 ? { schema: '*', deny } : { schema: '*' };
}

/** Grants or takes away one place, and with it what it cannot do without: a field's arguments, and something of each type it leads to. */
export function toggle(schema: Schema, { granted, presets }: Grant, place: string, isOn: boolean): Grant {
  const next = new Set(granted);
  const kept = new Map(presets);
  if (!isOn) {
    for (const its of [...next]) if (its === place || its.startsWith(`${place}(`)) next.delete(its);
    for (const its of [...kept.keys()]) if (!next.has(its)) kept.delete(its);
    return { granted: next, presets: kept };
  }
  next.add(place);
  const argument = argumentAt(schema, place);
  if (argument) {
    next.add(place.split('(')[0] ?? place);
    grantType(schema, argument.named, next);
    return { granted: next, presets: kept };
  }
  const member = memberAt(schema, place);
  if (member) {
    grantAll(member, next);
    for (const { named } of [member, ...member.arguments]) grantType(schema, named, next);
  }
  return { granted: next, presets: kept };
}

/** Grants or takes away all of a type. */
export function toggleType(schema: Schema, grant: Grant, name: string, isOn: boolean): Grant {
  const members = schema.types.get(name)?.members ?? [];
  return members.reduce((its, { place }) => toggle(schema, its, place, isOn), grant);
}

/** Sets what is sent in place of what clients would send; null takes it away. */
export function setPreset(grant: Grant, place: string, value: string | null): Grant {
  const presets = new Map(grant.presets);
  if (value === null) presets.delete(place);
  else presets.set(place, value);
  return { granted: new Set(grant.granted).add(place), presets };
}

export type TriState = 'none' | 'some' | 'all';

/** How much of a type is granted. */
export function stateOf(type: TypeOfSchema, { granted }: Grant): TriState {
  const n = type.members.filter(({ place }) => granted.has(place)).length;
  if (n === 0) return 'none';
  const isWhole = n === type.members.length && type.members.every((member) => member.arguments.every(({ place }) => granted.has(place)));
  return isWhole ? 'all' : 'some';
}

/** Whether a text is a GraphQL value that a preset may have. */
export function isValue(text: string): boolean {
  try {
    parse(`{ a(b: ${text}) }`);
    return !/[$]/.test(text) && text.trim() !== '';
  } catch {
    return false;
  }
}

function definitionsOf(sdl: string): readonly DefinitionNode[] {
  return sdl.trim() === '' ? [] : parse(sdl, { noLocation: true }).definitions;
}

function typeOf(definition: DefinitionNode): TypeOfSchema | undefined {
  switch (definition.kind) {
    case Kind.OBJECT_TYPE_DEFINITION:
    case Kind.INTERFACE_TYPE_DEFINITION: {
      const name = definition.name.value;
      const kind = definition.kind === Kind.OBJECT_TYPE_DEFINITION ? 'object' : 'interface';
      const interfaces = (definition.interfaces ?? []).map((its) => its.name.value);
      return { name, kind, interfaces, members: (definition.fields ?? []).map((field) => fieldOf(name, field)) };
    }
    case Kind.INPUT_OBJECT_TYPE_DEFINITION: {
      const name = definition.name.value;
      const members = (definition.fields ?? []).map((field) => ({ ...argumentOf(`${name}.${field.name.value}`, field), arguments: [] }));
      return { name, kind: 'input', interfaces: [], members };
    }
    case Kind.ENUM_TYPE_DEFINITION: {
      const name = definition.name.value;
      return { name, kind: 'enum', interfaces: [], members: (definition.values ?? []).map((value) => plain(name, value.name.value)) };
    }
    case Kind.UNION_TYPE_DEFINITION: {
      const name = definition.name.value;
      return { name, kind: 'union', interfaces: [], members: (definition.types ?? []).map((type) => plain(name, type.name.value)) };
    }
    case Kind.SCALAR_TYPE_DEFINITION:
      return { name: definition.name.value, kind: 'scalar', interfaces: [], members: [] };
    default:
      return undefined;
  }
}

const plain = (type: string, name: string): Member => ({
  name,
  place: `${type}.${name}`,
  type: '',
  named: '',
  isRequired: false,
  defaultText: '',
  arguments: [],
});

function fieldOf(type: string, field: FieldDefinitionNode): Member {
  const place = `${type}.${field.name.value}`;
  return {
    ...plain(type, field.name.value),
    type: print(field.type),
    named: namedOf(field.type),
    arguments: (field.arguments ?? []).map((argument) => argumentOf(`${place}(${argument.name.value}:)`, argument)),
  };
}

function argumentOf(place: string, argument: InputValueDefinitionNode): Argument {
  return {
    name: argument.name.value,
    place,
    type: print(argument.type),
    named: namedOf(argument.type),
    isRequired: argument.type.kind === Kind.NON_NULL_TYPE && !argument.defaultValue,
    defaultText: argument.defaultValue ? ` = ${print(argument.defaultValue)}` : '',
  };
}

function namedOf(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : namedOf(type.type);
}

function grantAll(member: Member, granted: Set<string>) {
  granted.add(member.place);
  for (const { place } of member.arguments) granted.add(place);
}

/** Something of a type that is now led to: all of an input or enum, the plain fields of an object. */
function grantType(schema: Schema, name: string, granted: Set<string>) {
  const type = schema.types.get(name);
  if (!type || type.members.some(({ place }) => granted.has(place))) return;
  if (type.kind === 'object' || type.kind === 'interface') {
    const isLeaf = ({ named }: Member) => {
      const its = schema.types.get(named);
      return !its || its.kind === 'scalar' || its.kind === 'enum';
    };
    for (const member of type.members.filter(isLeaf)) {
      grantAll(member, granted);
      for (const { named } of [member, ...member.arguments]) grantType(schema, named, granted);
    }
    return;
  }
  for (const member of type.members) {
    granted.add(member.place);
    grantType(schema, type.kind === 'union' ? member.name : member.named, granted);
  }
}

function memberAt(schema: Schema, place: string): Member | undefined {
  return schema.types.get(place.split('.')[0] ?? '')?.members.find((member) => member.place === place);
}

function argumentAt(schema: Schema, place: string): Argument | undefined {
  const field = place.split('(')[0];
  if (field === place || field === undefined) return undefined;
  return memberAt(schema, field)?.arguments.find((argument) => argument.place === place);
}

function collectPresets(definition: DefinitionNode, presets: Map<string, string>) {
  const add = (place: string, { directives = [] }: InputValueDefinitionNode) => {
    const value: ConstValueNode | undefined = directives
      .find(({ name }) => name.value === 'preset')
      ?.arguments?.find(({ name }) => name.value === 'value')?.value;
    if (value) presets.set(place, print(value));
  };
  if (definition.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION) {
    for (const field of definition.fields ?? []) add(`${definition.name.value}.${field.name.value}`, field);
  }
  if (definition.kind === Kind.OBJECT_TYPE_DEFINITION || definition.kind === Kind.INTERFACE_TYPE_DEFINITION) {
    for (const field of definition.fields ?? []) {
      for (const argument of field.arguments ?? []) add(`${definition.name.value}.${field.name.value}(${argument.name.value}:)`, argument);
    }
  }
}
