import { expect, it } from 'vitest';
import type { FieldDetail } from '../../api/api';
import { fieldsThatFit } from './fieldSearch';

function field(name: string, type_text: string, args: string[] = [], description: string | null = null): FieldDetail {
  const argument = (name: string) =>
    ({ name, type_text: 'ID!', named_type: 'ID', kind: 'scalar', is_list: false, is_required: true, default: null, description: null }) as const;
  return { name, served_name: null, type_text, named_type: type_text, kind: 'object', is_list: false, description, deprecated: null, arguments: args.map(argument) };
}

const FIELDS = [
  field('allOrders', '[Order!]!'),
  field('order', 'Order', ['id']),
  field('orderLines', '[Line!]!', ['orderId']),
  field('person', 'Person', ['id'], 'who placed an order'),
];
const names = (text: string) => fieldsThatFit(FIELDS, text).map(({ name }) => name);

it('puts names before results, arguments and descriptions', () => {
  expect(names('order')).toEqual(['order', 'orderLines', 'allOrders', 'person']);
  expect(names('PERSON')).toEqual(['person']);
  expect(names('orderid')).toEqual(['orderLines']);
});

it('wants all words', () => {
  expect(names('id order')).toEqual(['order', 'orderLines', 'person']);
  expect(names('line nothing')).toEqual([]);
});

it('leaves the order alone when nothing is typed', () => expect(names(' ')).toEqual(FIELDS.map(({ name }) => name)));
