// Kinds of types, as a reader of GraphQL calls them.
import type { TypeKind } from '../../api/api';

export const KIND_WORDS: Record<TypeKind, string> = {
  scalar: 'scalar',
  object: 'type',
  interface: 'interface',
  union: 'union',
  enum: 'enum',
  input_object: 'input',
};
