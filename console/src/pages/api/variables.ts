// The text of the variables editor, which may have comments.
import { parse, type ParseError } from 'jsonc-parser';

export function variablesOf(text: string | undefined): unknown {
  if (!text?.trim()) return null;
  const errors: ParseError[] = [];
  const value: unknown = parse(text, errors, { allowTrailingComma: true });
  if (errors.length > 0) throw new Error('The variables are not JSON.');
  return value;
}
