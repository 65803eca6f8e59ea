import { parse } from 'graphql';
import { asAnswer } from '../../execution/answer/answer.ts';
import { createExecution } from '../../execution/compiled.ts';
import { anonymous } from './comparison.ts';
import { compose } from './supergraphs/compose.ts';

const sdl = compose({
  shop: `
    scalar Long
    type Query { item: Item sure: Item! items: [Item!] media: Media other: Int number: Int id: ID long: Long longs: [Long] any: Long float: Float }
    type Item { id: ID! name: String }
    interface Media { id: ID! }
    type Book implements Media { id: ID! pages: Int }
    type Planet { id: ID! }
    extend type Query { planet: Planet }`,
});

async function answered(text: string, data: string) {
  const send = () => Promise.resolve(asAnswer(`{"data":${data}}`));
  const { data: written, errors } = await createExecution(sdl, send).write({
    document: parse(text),
    variables: {},
    caller: anonymous,
  });
  return [written, (errors ?? []).map(({ path }) => path!.join('.'))];
}

test.each([
  [
    'an object of a type that cannot stand there',
    '{ item { id } other }',
    '{"item":{"__typename":"Planet","id":"1"},"other":1}',
    '{"item":null,"other":1}',
    ['item'],
  ],
  [
    'an object of a type outside the interface',
    '{ media { id } other }',
    '{"media":{"__typename":"Item","id":"1"},"other":1}',
    '{"media":null,"other":1}',
    ['media'],
  ],
  [
    'an object of a type that does not exist',
    '{ media { id } other }',
    '{"media":{"__typename":"Nothing","id":"1"},"other":1}',
    '{"media":null,"other":1}',
    ['media'],
  ],
  [
    'an object that calls itself a scalar',
    '{ item { id } other }',
    '{"item":{"__typename":"Int","id":"1"},"other":1}',
    '{"item":null,"other":1}',
    ['item'],
  ],
  [
    'an element of a list that cannot stand there',
    '{ items { id } other }',
    '{"items":[{"id":"1"},{"__typename":"Planet","id":"1"}],"other":1}',
    '{"items":null,"other":1}',
    ['items.1'],
  ],
  [
    'a required object of another type',
    '{ sure { id } other }',
    '{"sure":{"__typename":"Book","id":"1"},"other":1}',
    'null',
    ['sure'],
  ],
  ['a number where an object belongs', '{ item { name } }', '{"item":12345678901234567890}', '{"item":null}', ['item']],
  [
    'an Int beyond 32 bits',
    '{ number other }',
    '{"number":2147483648,"other":-2147483648}',
    '{"number":null,"other":-2147483648}',
    ['number'],
  ],
  ['an Int with a fraction', '{ number }', '{"number":1.5}', '{"number":null}', ['number']],
  ['an ID that is neither a text nor an integer', '{ id }', '{"id":1.5}', '{"id":null}', ['id']],
])('%s is an error at that place, and null', async (_, text, data, expected, places) => {
  expect(await answered(text, data)).toEqual([expected, places]);
});

test.each([
  ['an ID that is a number is answered as a text', '{ id }', '{"id":7}', '{"id":"7"}'],
  ['so is one of 64 bits', '{ id }', '{"id":9007199254740993}', '{"id":"9007199254740993"}'],
  [
    'a 64-bit number of a scalar of its own keeps its digits',
    '{ long }',
    '{"long":9007199254740993}',
    '{"long":9007199254740993}',
  ],
  [
    'also a negative one, in a list',
    '{ longs }',
    '{"longs":[-9223372036854775808,1]}',
    '{"longs":[-9223372036854775808,1]}',
  ],
  ['also one with a fraction', '{ long }', '{"long":0.12345678901234567890}', '{"long":0.12345678901234567890}'],
  ['also inside an object', '{ any }', '{"any":{"a":[12345678901234567890]}}', '{"any":{"a":[12345678901234567890]}}'],
  [
    'a key __proto__ of such an object is data',
    '{ any }',
    '{"any":{"__proto__":{"a":1}}}',
    '{"any":{"__proto__":{"a":1}}}',
  ],
  [
    'digits inside a text are a text',
    '{ item { name } }',
    '{"item":{"name":"1234567890123456789"}}',
    '{"item":{"name":"1234567890123456789"}}',
  ],
  ['a Float is a double', '{ float }', '{"float":1.00000000000000000001}', '{"float":1}'],
])('%s', async (_, text, data, expected) => {
  expect(await answered(text, data)).toEqual([expected, []]);
});
