// Which fields are meant by what somebody types: words of names, arguments, results and descriptions, the names first.
import type { FieldDetail } from '../../api/api';

/** The fields that have all words, the best first. */
export function fieldsThatFit(fields: readonly FieldDetail[], text: string): readonly FieldDetail[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return fields;
  return fields
    .map((field) => ({ field, rank: Math.max(...words.map((word) => rank(field, word))) }))
    .filter(({ rank }) => rank < NO)
    .sort((a, b) => a.rank - b.rank)
    .map(({ field }) => field);
}

const NO = 6;

function rank({ name, type_text, arguments: args, description }: FieldDetail, word: string): number {
  const has = (text: string | null) => text?.toLowerCase().includes(word) ?? false;
  if (name.toLowerCase() === word) return 0;
  if (name.toLowerCase().startsWith(word)) return 1;
  if (has(name)) return 2;
  if (has(type_text)) return 3;
  if (args.some(({ name, type_text }) => has(name) || has(type_text))) return 4;
  return has(description) ? 5 : NO;
}
