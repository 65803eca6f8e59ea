import { getOperationAST, getVariableValues, parse } from 'graphql';
import { composeServices } from '@apollo/composition';
import { Supergraph } from '@apollo/federation-internals';
import { openCosts } from '../documents/cost.ts';
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
        newest(top: Int): [Book!]! @listSize(assumedSize: 5, slicingArguments: ["top"])
        search: Int @cost(weight: 7)
      }
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
const schema = Supergraph.build(supergraphSdl!).apiSchema().toGraphQLJSSchema();
const { estimator: costs } = openCosts(supergraphSdl!, schema);

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
  const api = Supergraph.build(plain.supergraphSdl!).apiSchema().toGraphQLJSSchema();
  const document = parse('{ a { b } }');
  expect(openCosts(plain.supergraphSdl!, api).estimator(document, getOperationAST(document)!)({}).cost).toBe(10);
});
