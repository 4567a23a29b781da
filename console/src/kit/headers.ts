// A header has a value or the name of a variable; changing one part keeps the others.
import type { Header } from '../api/api';

export type HeaderSource = 'value' | 'variable';

export function valueOf(header: Header): string {
  return 'value_from_env' in header ? header.value_from_env : header.value;
}

export function withName(header: Header, name: string): Header {
  return { ...header, name };
}

export function withValue(header: Header, value: string): Header {
  return 'value_from_env' in header ? { name: header.name, value_from_env: value } : { name: header.name, value };
}

/** What was typed is kept when it may be the name of a variable, so that a mistaken choice costs nothing. A secret never becomes a name. */
export function withSource(header: Header, source: HeaderSource): Header {
  const { name } = header;
  const text = valueOf(header);
  if (source === 'value') return { name, value: text };
  return { name, value_from_env: /^[A-Za-z_][A-Za-z0-9_]*$/.test(text) && !isSecret(header) ? text : '' };
}

/** Whether the value is better not read over a shoulder. */
export function isSecret(header: Header): boolean {
  return /authorization|cookie|secret|token|password|api-?key|access-?key/i.test(header.name);
}
