import { GraphQLObjectType, GraphQLSchema, graphql } from 'graphql';
import { Long } from '../long.ts';

const schema = new GraphQLSchema({
  query: new GraphQLObjectType({
    name: 'Query',
    fields: {
      same: { type: Long, args: { n: { type: Long } }, resolve: (_, { n }: { n: number }) => n },
      stored: { type: Long, args: { n: { type: Long } }, resolve: (values: { n: unknown }) => values.n },
    },
  }),
});
const largest = 9_007_199_254_740_991;
const withVariable = (n: unknown) =>
  graphql({ schema, source: 'query ($n: Long) { same(n: $n) }', variableValues: { n } });
const inText = (n: string) => graphql({ schema, source: `{ same(n: ${n}) }` });

test.each([0, 1, -1, 2 ** 31, largest, -largest])(
  '%i comes back as it went, as a variable and in the text',
  async (n) => {
    expect((await withVariable(n)).data).toEqual({ same: n });
    expect((await inText(String(n))).data).toEqual({ same: n });
  },
);

test.each([1.5, 2 ** 53, -(2 ** 53), 1e300, NaN, Infinity, '12', true, [1], { n: 1 }])(
  '%p is refused as a variable, with a sentence',
  async (n) => {
    const { errors } = await withVariable(n);
    expect(errors?.[0]?.message).toContain('A Long is a whole number from -9007199254740991 to 9007199254740991.');
  },
);

test.each(['1.0', '1e3', '9007199254740992', '-9007199254740993', '"12"', 'true', 'TWELVE', '[1]', '{ n: 1 }'])(
  '%s is refused in the text, with a sentence',
  async (n) => {
    const { errors } = await inText(n);
    expect(errors?.[0]?.message).toContain('A Long is a whole number');
  },
);

test.each([2 ** 53, 0.5, '12', 12n])('%p is not told', async (n) => {
  const { data, errors } = await graphql({ schema, source: '{ stored }', rootValue: { n } });
  expect([data, errors?.length]).toEqual([{ stored: null }, 1]);
});
