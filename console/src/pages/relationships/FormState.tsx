// What the fields of the builder share: the form, how it is changed, and what is wrong where.
import { createContext, useContext, useMemo, type ReactNode } from 'react';
import type { Fault, RelationshipCheck } from '../../api/api';
import type { RelationshipForm } from './mapping';
import { faultsAt, type Place } from './places';
import { Sentence, sentence } from './Sentence';

export interface FormState {
  /** The remote schema of the type that gets the field. */
  remoteSchema: string;
  form: RelationshipForm;
  change: (change: (form: RelationshipForm) => RelationshipForm) => void;
  check: RelationshipCheck | undefined;
  faults: readonly Fault[];
}

const Context = createContext<FormState | null>(null);

export function FormStateProvider({ children, ...state }: FormState & { children: ReactNode }) {
  const { remoteSchema, form, change, check, faults } = state;
  const value = useMemo(() => ({ remoteSchema, form, change, check, faults }), [remoteSchema, form, change, check, faults]);
  return <Context value={value}>{children}</Context>;
}

export function useFormState(): FormState {
  const state = useContext(Context);
  if (!state) throw new Error('a field of the builder stands outside of it');
  return state;
}

/** What is wrong at a field; undefined when nothing is. */
export function useFault(place: Place, below = false): ReactNode {
  const { faults, form } = useFormState();
  const found = faultsAt(faults, form, place, below);
  return found.length === 0 ? undefined : <Sentence text={found.map(faultText).join(' ')} />;
}

export function faultText({ message, help }: Fault): string {
  return help ? `${sentence(message)} ${sentence(help)}` : sentence(message);
}
