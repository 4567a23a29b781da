// Faults that the gateway found in a remote schema that is being written, by the field they are about.
import type { Fault } from '../../api/api';

/** What is wrong at this place or below it, in words; undefined when nothing is. */
export function faultAt(faults: readonly Fault[], pointer: string): string | undefined {
  return describe(faults.find((fault) => isAt(fault, pointer)));
}

/** What is wrong with entries of a list, by their place. */
export function faultsOfEntries(faults: readonly Fault[], pointer: string): Record<number, string> {
  const found: Record<number, string> = {};
  for (const fault of faults) {
    const index = Number(/^\/(\d+)/.exec(fault.pointer.slice(pointer.length))?.[1] ?? NaN);
    if (fault.pointer.startsWith(`${pointer}/`) && !Number.isNaN(index)) found[index] ??= describe(fault) ?? '';
  }
  return found;
}

/** Faults of no field that is shown. */
export function faultsElsewhere(faults: readonly Fault[], pointers: readonly string[]): Fault[] {
  return faults.filter((fault) => !pointers.some((pointer) => isAt(fault, pointer)));
}

function isAt(fault: Fault, pointer: string): boolean {
  return fault.pointer === pointer || fault.pointer.startsWith(`${pointer}/`);
}

function describe(fault: Fault | undefined): string | undefined {
  if (!fault) return undefined;
  return fault.help ? `${fault.message}; ${fault.help}` : fault.message;
}
