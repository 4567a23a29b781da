// Fills in what is obvious: once type and target are chosen, required arguments get the key that fits best, and the field its name.
import { useEffect, useRef } from 'react';
import type { ArgumentPlace, FieldDetail, KeyField } from '../../api/api';
import { ask } from '../../api/client';
import type { Fillings, RelationshipForm } from './mapping';
import { withFilling } from './mapping';
import { useWay } from './targetWay';

type Change = (change: (form: RelationshipForm) => RelationshipForm) => void;

export function usePreselection(remoteSchema: string, form: RelationshipForm, change: Change, isOn: boolean) {
  const names = form.path.map(({ field }) => field);
  const way = useWay(form.target, names);
  const { typeName, target, path } = form;
  const choice = JSON.stringify([typeName, target, names]);
  // What a definition comes with was chosen by somebody. An address has no name: it leaves that to us.
  const settled = useRef(form.name === '' ? '' : choice);
  useEffect(() => {
    // Who writes the text writes all of it.
    if (!isOn) settled.current = choice;
    if (settled.current === choice || !typeName || way.length === 0 || way.length !== path.length) return;
    settled.current = choice;
    const changeIfSame: Change = (step) => change((form) => (JSON.stringify([form.typeName, form.target, form.path.map(({ field }) => field)]) === choice ? step(form) : form));
    changeIfSame((form) => (form.name === '' ? { ...form, name: nameFor(way, target) } : form));
    path.forEach(async ({ fillings }, index) => {
      const place = { remote_schema: target, field: names.slice(0, index + 1) };
      const filled = await fillRequired(remoteSchema, typeName, way[index], fillings, place);
      changeIfSame((form) => ({ ...form, path: form.path.map((step, other) => (other === index ? { ...step, fillings: { ...step.fillings, ...filled } } : step)) }));
    });
  }, [isOn, choice, typeName, target, path, names, way, remoteSchema, change]);
}

/** The key that fits best; null when none fits. */
export async function bestKey(remoteSchema: string, typeName: string, argument: ArgumentPlace): Promise<string | null> {
  const { fields } = await ask('list_relationship_keys', { remote_schema: remoteSchema, type_name: typeName, argument });
  return bestOf(fields)?.name ?? null;
}

function bestOf(fields: readonly KeyField[]): KeyField | undefined {
  return fields.filter(({ fits }) => fits).reduce<KeyField | undefined>((best, field) => (best && best.score >= field.score ? best : field), undefined);
}

async function fillRequired(
  remoteSchema: string,
  typeName: string,
  field: FieldDetail | undefined,
  fillings: Fillings,
  place: Omit<ArgumentPlace, 'argument'>,
): Promise<Fillings> {
  let filled: Fillings = {};
  for (const { name, is_required, kind } of field?.arguments ?? []) {
    const before = fillings[name];
    if (!is_required || kind === 'input_object' || (before && before.from !== 'field')) continue;
    const argument = { ...place, argument: [name] };
    const { fields } = await ask('list_relationship_keys', { remote_schema: remoteSchema, type_name: typeName, argument });
    const fits = fields.some(({ name, fits }) => fits && name === before?.field);
    const best = bestOf(fields);
    if (!fits && best) filled = withFilling(filled, name, { from: 'field', field: best.name });
  }
  return filled;
}

/** The name of the target field, without what says how it is looked up: `getCityByName` is `city`. */
function nameFor(way: readonly FieldDetail[], target: string): string {
  const name = way.at(-1)?.name ?? target;
  const bare = name.replace(/^(?:get|find|fetch)(?=[A-Z])/, '').replace(/By[A-Z]\w*$/, '');
  return bare.charAt(0).toLowerCase() + bare.slice(1);
}
