import { buildSubgraphSchema } from '@apollo/subgraph';
import { type DocumentNode, execute, parse } from 'graphql';
import { entitiesAtMost, limitEntities } from '../subgraph/entityLimit.ts';

const schema = buildSubgraphSchema({
  typeDefs: parse(
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"]) type Query { a: Int } type A @key(fields: "id") { id: ID! }',
  ),
});
limitEntities(schema);
const entities = (count: number) => Array.from({ length: count }, (_, id) => ({ __typename: 'A', id: String(id) }));
const documents = new Map<string, DocumentNode>();
const ask = async (query: string, variableValues: object) =>
  execute({
    schema,
    document: documents.get(query) ?? documents.set(query, parse(query)).get(query)!,
    variableValues: { ...variableValues },
    contextValue: {},
  });
const one = 'query ($r: [_Any!]!) { _entities(representations: $r) { ... on A { id } } }';
const two =
  'query ($r: [_Any!]!, $s: [_Any!]!) { a: _entities(representations: $r) { ... on A { id } } b: _entities(representations: $s) { ... on A { id } } }';

test('as many entities as are allowed are answered', async () => {
  const { data, errors } = await ask(one, { r: entities(entitiesAtMost) });
  expect(errors).toBeUndefined();
  expect(data!['_entities']).toHaveLength(entitiesAtMost);
  expect((await ask(one, { r: entities(entitiesAtMost) })).errors).toBeUndefined();
});

test('one more is refused, under one name or under several', async () => {
  expect((await ask(one, { r: entities(entitiesAtMost + 1) })).errors?.[0]?.extensions['code']).toBe('BAD_REQUEST');
  const { errors } = await ask(two, { r: entities(300), s: entities(201) });
  expect(errors?.map(({ path }) => path)).toEqual([['b']]);
});
