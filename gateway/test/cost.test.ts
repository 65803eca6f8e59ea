import { getOperationAST, getVariableValues, parse } from 'graphql';
import { composeServices } from '@apollo/composition';
import { Supergraph } from '@apollo/federation-internals';
import { openCosts } from '../documents/cost.ts';
import { openDocuments } from '../documents/documents.ts';
import { beyondEstimate, limits } from '../limits/limits.ts';

const { supergraphSdl } = composeServices([
  {
    name: 'library',
    url: 'http://library',
    typeDefs: parse(`
      extend schema @link(url: "https://specs.apollo.dev/federation/v2.11", import: ["@cost", "@listSize"])
      type Query {
        book: Book
        books: [Book!]!
        shelf(first: Int = 20): Shelf! @listSize(slicingArguments: ["first"], sizedFields: ["edges", "nodes"])
        newest(top: Int): [Book!]! @listSize(assumedSize: 5, slicingArguments: ["top"], requireOneSlicingArgument: false)
        either(first: Int, last: Int): [Book!]! @listSize(slicingArguments: ["first", "last"])
        search: Int @cost(weight: 7)
        find(text: String @cost(weight: 3), ids: [ID!] @cost(weight: 2), by: Filter, all: [Filter!], plain: Int): Book
      }
      input Filter { title: String @cost(weight: 5) and: Filter size: Size level: Level }
      input Size { width: Int @cost(weight: 4) }
      enum Level @cost(weight: 6) { LOW }
      type Mutation { lend: Book  burn: Book @cost(weight: 50) }
      type Shelf { edges: [Edge!]! nodes: [Book!]! label: String }
      type Edge { cursor: String node: Book! }
      type Book { title: String author: Author! pages: [Page!]! @listSize(assumedSize: 3) reviews: [Named!]! words: [String!]! }
      type Author implements Named @cost(weight: 4) { name: String books: [Book!]! @listSize(assumedSize: 2) }
      type Page { number: Int }
      interface Named { name: String }
    `),
  },
]);
const supergraph = Supergraph.build(supergraphSdl!);
const schema = supergraph.apiSchema().toGraphQLJSSchema();
const { estimator: costs } = openCosts(supergraph.schema, schema);

function estimate(query: string, given: Record<string, unknown> = {}) {
  const document = parse(query);
  const operation = getOperationAST(document)!;
  const variables = getVariableValues(schema, operation.variableDefinitions ?? [], given).coerced!;
  return costs(document, operation)(variables);
}

test.each([
  ['a scalar', '{ __typename }', 0],
  ['an object', '{ book { title } }', 1],
  ['a list that says nothing of its size', '{ books { title } }', 10],
  ['a list of scalars', '{ book { words } }', 1],
  ['a list of an assumed size', '{ book { pages { number } } }', 1 + 3],
  ['lists in lists', '{ books { pages { number } } }', 10 * (1 + 3)],
  ['a type with a weight', '{ book { author { name } } }', 1 + 4],
  ['a field with a weight', '{ search }', 7],
  ['a page of the default size', '{ shelf { nodes { title } } }', 1 + 20],
  ['a page of a given size', '{ shelf(first: 5) { nodes { title } label } }', 1 + 5],
  ['both views of a page', '{ shelf(first: 5) { nodes { title } edges { node { title } } } }', 1 + 5 + 5 * 2],
  ['a list without its slicing argument', '{ newest { title } }', 5],
  ['a list with it', '{ newest(top: 7) { title } }', 7],
  ['an argument with a weight', '{ find(text: "a", plain: 1) { title } }', 1 + 3],
  ['an argument that is null', '{ find(text: null) { title } }', 1],
  ['a list for an argument with a weight', '{ find(ids: [1, 2, 3]) { title } }', 1 + 3 * 2],
  ['an input object', '{ find(by: {}) { title } }', 1 + 1],
  [
    'its members',
    '{ find(by: { title: "a", and: { title: "b" }, size: { width: 1 }, level: LOW }) { title } }',
    1 + 6 + 6 + 5 + 6,
  ],
  ['a list of input objects', '{ find(all: [{}, { title: "a" }]) { title } }', 1 + 1 + 6],
  [
    'arguments of a field inside a list, once for each',
    '{ books { author { name } } find(by: {}) { title } }',
    10 * 5 + 2,
  ],
  ['a mutation', 'mutation { lend { title } }', 10 + 1],
  ['a dear mutation, several times', 'mutation { a: burn { title } b: burn { title } }', 10 + 2 * 50],
  [
    'fragments',
    '{ ...F ... { book { title } } } fragment F on Query { book { ...B } } fragment B on Book { author { name } }',
    1 + 4 + 1,
  ],
  ['an interface', '{ book { reviews { name ... on Author { books { title } } } } }', 1 + 10 * (1 + 2)],
])('%s costs what it should: %s', (_, query, cost) => {
  expect(estimate(query).cost).toBe(cost);
});

test('a size that comes by a variable counts as it is given, and by its default', () => {
  const query = 'query ($first: Int = 3) { shelf(first: $first) { nodes { pages { number } } } }';
  expect(estimate(query).cost).toBe(1 + 3 * 4);
  expect(estimate(query, { first: 50 }).cost).toBe(1 + 50 * 4);
});

test('an input that comes by a variable counts as it is given', () => {
  const query = 'query ($by: Filter) { find(by: $by) { title } }';
  expect(estimate(query).cost).toBe(1);
  expect(estimate(query, { by: { title: 'a' } }).cost).toBe(1 + 6);
});

test('a list that needs exactly one of its slicing arguments is refused with none or with two', () => {
  const refused = (query: string, given?: object) => beyondEstimate(estimate(query, { ...given }))?.message;
  const sentence = 'The field either needs exactly one of its arguments first, last.';
  expect(refused('{ either { title } }')).toBe(sentence);
  expect(refused('{ either(first: 1, last: 1) { title } }')).toBe(sentence);
  expect(refused('{ either(last: 1) { title } }')).toBeUndefined();
  const byVariable = 'query ($first: Int) { either(first: $first) { title } }';
  expect(refused(byVariable)).toBe(sentence);
  expect(refused(byVariable, { first: 2 })).toBeUndefined();
  expect(refused('{ shelf { label } newest { title } }')).toBeUndefined();
});

test('the limit is off for a supergraph that does not size its lists, unless it is set', () => {
  const { supergraphSdl: plain } = composeServices([
    { name: 'a', url: 'http://a', typeDefs: parse('type Query { a: [A] } type A { b: [A] c: Int }') },
  ]);
  const supergraph = Supergraph.build(plain!);
  const api = supergraph.apiSchema().toGraphQLJSSchema();
  const deep = '{ a { b { b { b { c } } } } }';
  const code = (limit?: number) =>
    openDocuments(api, supergraph.schema, false, limit === undefined ? {} : { costLimit: limit }).read(deep, null, {})
      .errors?.[0]?.extensions['code'];
  expect(code()).toBeUndefined();
  expect(code(1000)).toBe('COST_ESTIMATED_TOO_EXPENSIVE');
});

test('one more than the limit is too much', () => {
  expect(beyondEstimate({ cost: limits.cost, longestPage: 100, shortestPage: 0 })).toBeUndefined();
  expect(beyondEstimate({ cost: limits.cost + 1, longestPage: 100, shortestPage: 0 })?.code).toBe(
    'COST_ESTIMATED_TOO_EXPENSIVE',
  );
});

test('a page of a size that no list gives is refused as such, whatever it would cost', () => {
  expect(beyondEstimate(estimate('{ shelf(first: 100) { label } }'))).toBeUndefined();
  expect(beyondEstimate(estimate('{ shelf(first: 1000000) { nodes { title } } }'))?.code).toBe('BAD_USER_INPUT');
  for (const first of ['-1', 'null'])
    expect(beyondEstimate(estimate(`{ shelf(first: ${first}) { nodes { title } } }`))?.code).toBe('BAD_USER_INPUT');
});

test('a supergraph without a word on costs has the defaults', () => {
  const plain = composeServices([
    { name: 'a', url: 'http://a', typeDefs: parse('type Query { a: [A] } type A { b: Int }') },
  ]);
  const plainGraph = Supergraph.build(plain.supergraphSdl!);
  const api = plainGraph.apiSchema().toGraphQLJSSchema();
  const document = parse('{ a { b } }');
  expect(openCosts(plainGraph.schema, api).estimator(document, getOperationAST(document)!)({}).cost).toBe(10);
});
