import { randomUUID } from 'node:crypto';
import { tokenFor } from '../../../shared/testing/tokens.ts';
import { stageForTests } from './stage.ts';

const [ada, ben] = [randomUUID(), randomUUID()];
const stage = stageForTests();

/** What happened, in the order in which it was stored: e3 came last but one and happened first, e1 and e2 at the same instant. */
const stored = [
  ['e1', ada, 'UserSignIn', '2026-11-21T10:00:00.000Z'],
  ['e2', ben, 'UserSignIn', '2026-11-21T10:00:00.000Z'],
  ['e4', ada, 'MatchWon', '2026-11-21T12:00:00.000001Z'],
  ['e3', ben, 'MatchWon', '2026-11-20T23:00:00.000Z'],
  ['e5', ada, 'UserSignIn', '2026-11-21T12:00:00.000Z'],
];

beforeAll(async () => {
  for (const row of stored)
    await stage.query(
      `insert into event (source, id, user_id, type, occurred_at) values ('auth', $1, $2, $3, $4::timestamptz)`,
      row,
    );
});

const operator = tokenFor({ id: randomUUID(), roles: ['OPERATOR'] });
const query = `query ($first: Int, $after: String, $filter: EventFilter) {
  allEvents(first: $first, after: $after, filter: $filter) { nodes { id } pageInfo { hasNextPage endCursor } }
}`;
const ask = (variables: object, token = operator) => stage.ask(query, variables, token);
const idsOf = (nodes: { id: string }[]) => nodes.map(({ id }) => id).join(' ');
const found = async (filter: object) => idsOf((await ask({ filter })).data.allEvents.nodes);

test('what happened last comes first, whenever it was stored', async () => {
  expect(await found({})).toBe('e4 e5 e2 e1 e3');
});

test.each([
  ['of a type', { type: 'MatchWon' }, 'e4 e3'],
  ['of a player', { userId: ada }, 'e4 e5 e1'],
  ['of a player whose id is written in capitals', { userId: ada.toUpperCase() }, 'e4 e5 e1'],
  ['of a type and a player', { type: 'UserSignIn', userId: ada }, 'e5 e1'],
  ['from an instant on, which belongs to it', { from: '2026-11-21T10:00:00Z' }, 'e4 e5 e2 e1'],
  ['to an instant, which does not', { to: '2026-11-21T10:00:00Z' }, 'e3'],
  ['of one hour', { from: '2026-11-21T10:00:00Z', to: '2026-11-21T11:00:00+00:00' }, 'e2 e1'],
  [
    'of all at once',
    { type: 'UserSignIn', userId: ben, from: '2026-11-21T00:00:00Z', to: '2026-11-22T00:00:00Z' },
    'e2',
  ],
  ['of a type that nobody sends', { type: 'Nothing' }, ''],
  ['of an id that no user can have', { userId: 'nobody' }, ''],
])('those %s are found', async (_, filter, ids) => {
  expect(await found(filter)).toBe(ids);
});

test.each([1, 2, 3])(
  'pages of %i leave nothing out and repeat nothing, also where instants are equal',
  async (first) => {
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const { nodes, pageInfo }: { nodes: { id: string }[]; pageInfo: { hasNextPage: boolean; endCursor: string } } = (
        await ask({ first, after })
      ).data.allEvents;
      seen.push(...nodes.map(({ id }) => id));
      after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
    } while (after !== null);
    expect(seen.join(' ')).toBe('e4 e5 e2 e1 e3');
  },
);

test.each([
  ['a type that is none', { filter: { type: 'match won' } }],
  ['a type with a NUL character', { filter: { type: 'A\0' } }],
  ['a time that ends before it begins', { filter: { from: '2026-11-21T10:00:00Z', to: '2026-11-21T10:00:00Z' } }],
  ['a cursor of another list', { after: Buffer.from('events:1.1').toString('base64url') }],
  ['a page that is too long', { first: 101 }],
])('%s is refused', async (_, variables) => {
  expect((await ask(variables)).code).toBe('BAD_USER_INPUT');
});

test.each(['PLAYER', 'SERVICE'] as const)('it is not for the role %s', async (role) => {
  expect((await ask({}, tokenFor({ id: randomUUID(), roles: [role] }))).code).toBe('FORBIDDEN');
});
