import { expect, test } from 'vitest';
import { parsers, printers } from './prettierJson';

const format = (text: string) => printers.formatted.print({ node: parsers.jsonc.parse(text) });

test('members stand on lines of their own, and comments stay', () => {
  expect(format('{"b":[1],   "a":"x" // kept\n}')).toBe('{\n  "b": [\n    1\n  ],\n  "a": "x" // kept\n}');
});

test('an empty text stays empty', () => {
  expect(format('')).toBe('');
});

test('what is formatted is not formatted again', () => {
  const once = format('{"a":{"b":null}}');
  expect(format(once)).toBe(once);
});

test('what is not JSON is refused', () => {
  expect(() => format('{"a":')).toThrow(/ValueExpected at character/);
});
