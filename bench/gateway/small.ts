import { readFileSync } from 'node:fs';
import { parse } from 'graphql';
import { GraphQLDateTime, GraphQLJSON } from 'graphql-scalars';
import { serving } from './child.ts';
import { type Subgraph, serveInMemory } from './inMemory.ts';

/** The three subgraphs of our own graph with one player and five quests in memory: the schemas are the real ones. */
const quests = Array.from({ length: 5 }, (_, n) => ({
  id: `quest-${n}`,
  name: `sign-in-${n}-times`,
  title: `Sign in ${n} times`,
  description: 'Come back and be rewarded.',
  trigger: 'UserSignIn',
  streak: 3,
  duplication: 2,
  autoClaim: true,
  rewards: [{ id: `reward-${n}`, name: '10 diamonds', item: 'DIAMOND', quantity: 10 }],
  tags: [],
  version: 1,
}));
const player = {
  id: 'player-1',
  name: 'ada',
  status: 'ACTIVE',
  roles: ['PLAYER'],
  timeZone: 'Europe/Berlin',
  quests: quests.map(({ id }, n) => ({
    quest: { id },
    streak: n % 3,
    completions: n % 2,
    remaining: 3 - (n % 3),
    serverTime: new Date(0),
  })),
  wallet: { gold: 5, diamonds: 30, balances: [{ item: 'DIAMOND', quantity: 30 }] },
};
const subgraph = (name: string, resolvers: object): Subgraph => ({
  typeDefs: parse(readFileSync(new URL(`../../subgraphs/${name}/schema.graphql`, import.meta.url), 'utf8')),
  resolvers: { DateTime: GraphQLDateTime, ...resolvers },
});
const User = { __resolveReference: () => player };

serving(
  await serveInMemory({
    auth: subgraph('auth', { Query: { me: () => player }, User }),
    catalog: subgraph('catalog', {
      Query: {
        quests: (_: unknown, { first }: { first: number }) => ({
          nodes: quests.slice(0, first),
          pageInfo: { hasNextPage: false },
        }),
        quest: (_: unknown, { id }: { id: string }) => quests.find((quest) => quest.id === id),
      },
      Quest: { __resolveReference: ({ id }: { id: string }) => quests.find((quest) => quest.id === id) },
    }),
    progress: subgraph('progress', { JSON: GraphQLJSON, User }),
  }),
);
