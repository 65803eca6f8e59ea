import { executeSync, getIntrospectionQuery, parse } from 'graphql';
import { benchOf } from './comparison.ts';
import { fairWeather } from './world.ts';
import { commonSupergraphs } from './supergraphs/common.ts';

const bench = benchOf(commonSupergraphs['hidden types, fields and values']!);

test('the schema that clients see answers about itself, without hidden types, fields and values', async () => {
  const text = getIntrospectionQuery();
  const { data, requests } = await bench.ours(text);
  expect(data).toEqual(
    JSON.parse(JSON.stringify(executeSync({ schema: bench.apiSchema, document: parse(text) }).data)),
  );
  expect(JSON.stringify(data)).not.toMatch(/Ghost|HIDDEN|secret/);
  expect(requests).toEqual([]);
});

test('types are asked beside other fields, by variables and under aliases', async () => {
  const text = `query ($name: String!, $no: Boolean!) {
    __typename
    kind: __type(name: $name) { id: name ...Fields }
    gone: __type(name: "Ghost") { name }
    __schema @include(if: $no) { description }
    mood
  }
  fragment Fields on __Type { fields(includeDeprecated: $no) { __typename: name } }`;
  const { data } = await bench.ours(
    text.replace('__typename: name', 'name'),
    { name: 'Mood', no: false },
    { ...fairWeather, seed: 3 },
  );
  expect(data).toEqual({
    __typename: 'Query',
    kind: { id: 'Mood', fields: null },
    gone: null,
    mood: expect.anything(),
  });
});
