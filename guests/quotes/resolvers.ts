import { Refusal } from '../../shared/errors.ts';
import { selfOrOperator, withRole } from '../../shared/identity.ts';
import type { Resolvers } from './schema.generated.ts';

export const resolvers: Resolvers = {
  Query: {
    quote: (_, { symbol, acceptStale }, { lookUp }) => lookUp(symbol, acceptStale ?? false),
    quoteStats(_, { top }, { viewer, findMostRequested }) {
      withRole(viewer, 'OPERATOR');
      const limit = top ?? 5;
      if (limit < 1 || limit > 100) throw new Refusal('BAD_USER_INPUT', 'top takes a number from 1 to 100.');
      return findMostRequested(limit);
    },
    quotesHealth: (_, __, { viewer, findHealth }) => (withRole(viewer, 'OPERATOR'), findHealth()),
  },
  Quote: { price: ({ close }) => Number(close), asOf: ({ asOf }) => new Date(asOf) },
  QuoteStat: { code: ({ symbol }) => symbol.toLowerCase() },
  User: {
    __resolveReference: ({ id }) => ({ id }),
    quoteHistory: ({ id }, asked, { viewer, historyOf }) => historyOf(selfOrOperator(viewer, id) && id, asked),
  },
};
