// From the place that the server names to the field of the form that shows it.
import type { Fault } from '../../api/api';
import { keysOf, type Filling, type RelationshipForm } from './mapping';

/** Where in the form: `name`, `path/0`, `path/0/arguments/filter/id`. */
export type Place = string;

const TO = ['definition', 'to_remote_schema'];

/** The field of the form for a JSON pointer into `check_relationship`'s arguments; `form` for what has no field of its own. */
export function placeOf(pointer: string, form: RelationshipForm): Place {
  const parts = pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  if (parts[0] === 'name') return 'name';
  if (parts[0] === 'type_name') return 'type';
  if (TO.some((part, index) => parts[index] !== part)) return 'form';
  const [key, ...rest] = parts.slice(TO.length);
  switch (key) {
    case 'remote_schema':
      return 'target';
    case 'remote_field':
      return pathPlace(rest);
    case 'lhs_fields':
      return keyPlace(keysOf(form)[Number(rest[0])], form);
    case 'batch':
      return ['batch', ...rest.slice(0, 2)].join('/');
    case 'on_error':
      return 'on_error';
    default:
      return 'form';
  }
}

/** What is wrong at a field; with `below`, in the parts of it that are not fields of their own, too. */
export function faultsAt(faults: readonly Fault[], form: RelationshipForm, place: Place, below = false): Fault[] {
  return faults.filter(({ pointer }) => {
    const found = placeOf(pointer, form);
    return found === place || (below && found.startsWith(`${place}/`));
  });
}

/** `user/field/org/arguments/code` is `path/1/arguments/code`. */
function pathPlace(parts: string[]): Place {
  let step = 0;
  let rest = parts.slice(1);
  while (rest[0] === 'field' && rest.length > 1) {
    step += 1;
    rest = rest.slice(2);
  }
  return ['path', String(step), ...(rest[0] === 'arguments' ? rest : [])].join('/');
}

/** A key has no field of its own in the form: it is shown at the first argument that uses it. */
function keyPlace(key: string | undefined, { path }: RelationshipForm): Place {
  for (const [step, { fillings }] of path.entries()) {
    const way = Object.entries(fillings).flatMap(([name, filling]) => waysTo(key, filling, [name]))[0];
    if (way) return ['path', String(step), 'arguments', ...way].join('/');
  }
  return 'form';
}

function waysTo(key: string | undefined, filling: Filling, way: string[]): string[][] {
  switch (filling.from) {
    case 'field':
      return filling.field === key ? [way] : [];
    case 'value':
      return [];
    case 'members':
      return Object.entries(filling.members).flatMap(([name, member]) => waysTo(key, member, [...way, name]));
    case 'list':
      return filling.items.flatMap((item, index) => waysTo(key, item, [...way, String(index)]));
  }
}
