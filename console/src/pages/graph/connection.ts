// Relationships that are begun on the map: what is dragged from and onto, and what the builder is told of it.
import type { FieldDetail } from '../../api/api';

/** Where a new relationship starts, and what is known of where it leads. */
export interface Start {
  remote: string;
  type: string;
  target?: string;
  targetType?: string;
}

/** The two ends of a drag, as the map tells them: nodes are remote schemas. */
interface Drag {
  source: string;
  sourceHandle?: string | null;
  target: string;
  targetHandle?: string | null;
}

// Names in GraphQL have neither spaces nor dots, so no type is taken for another handle.

/** The handle of a type from which one drags. */
export const fromType = (type: string) => `from ${type}`;
/** The handle of a field that is joined already; its type may be joined to more. */
export const fromField = (type: string, field: string) => `${type}.${field}`;
/** The handle of a type onto which one drags. */
export const ontoType = (type: string) => `onto ${type}`;
/** The handle of a remote schema, for what is dropped beside its types. */
export const ONTO_REMOTE = 'onto';

/** What a drag starts; null when it leads nowhere. */
export function startOf({ source, sourceHandle, target, targetHandle }: Drag): Start | null {
  const type = /^(?:from )?(\w+)(?:\.\w+)?$/.exec(sourceHandle ?? '')?.[1];
  const onto = /^onto(?: (\w+))?$/.exec(targetHandle ?? '');
  if (type === undefined || !onto || source === target) return null;
  return { remote: source, type, target, targetType: onto[1] };
}

/** Of the fields of a query root, the one by which a value of the type is looked up: by one key rather than by several, one rather than many. */
export function leadingField(fields: readonly FieldDetail[], type: string): string | undefined {
  const fitting = fields.filter((field) => field.named_type === type && field.arguments.length > 0 && field.deprecated === null);
  return fitting.sort((a, b) => effort(a) - effort(b))[0]?.name;
}

function effort(field: FieldDetail): number {
  const n_required = field.arguments.filter(({ is_required }) => is_required).length;
  return (n_required === 1 ? 0 : 2) + (field.is_list ? 1 : 0);
}
