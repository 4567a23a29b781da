import { parse, print } from 'graphql';
import { expect, it } from 'vitest';
import { inLines } from './operationText';

const printed = (text: string) => inLines(text, (text) => print(parse(text)));

it('puts fields on lines of their own and keeps comments', () => {
  expect(printed('{_0:user(id:1){id}}\n\n# variables: {"a":1}')).toBe('{\n  _0: user(id: 1) {\n    id\n  }\n}\n\n# variables: {"a":1}');
});

it('leaves alone what it cannot read', () => expect(printed('{ a (')).toBe('{ a ('));
