import { randomUUID } from 'node:crypto';
import { localCarrier } from '../../../shared/delivery/carrierLocal.ts';
import { tokenFor } from '../../../shared/testing/tokens.ts';
import { invariants } from '../operations/invariants.ts';
import { type Sender, type Stage, defined, openSender, openStage, quiet, signIn } from './stage.ts';
import { questTerms } from './terms.ts';

const mutation = `mutation ($userId: ID!, $rewards: [GrantedRewardInput!]!, $reason: String!, $key: String!) {
  grantReward(userId: $userId, rewards: $rewards, reason: $reason, idempotencyKey: $key) {
    id reason grantedAt rewards { item quantity } user { id wallet { gold diamonds } } } }`;
const wallet = `query ($id: ID!) { _entities(representations: [{ __typename: "User", id: $id }]) { ... on User { wallet {
  gold balances { item quantity } ledger { nodes { item amount balance completion { id } grant { id reason } } } } } } }`;

describe('what operators give', () => {
  const carrier = localCarrier();
  const operatorId = randomUUID();
  const operator = tokenFor({ id: operatorId, roles: ['OPERATOR'] });
  let stage: Stage;
  let auth: Sender;
  let catalog: Sender;
  beforeAll(async () => {
    [stage, auth, catalog] = [
      await openStage(carrier),
      await openSender('auth', carrier),
      await openSender('catalog', carrier),
    ];
    await catalog.send(defined(questTerms({ streak: 1, duplication: 1, autoClaim: true })));
    await quiet(catalog);
  });
  afterAll(async () => {
    await Promise.all([auth.stop(), catalog.stop()]);
    await stage.stop();
    await carrier.close();
  });

  const newPlayer = async () => {
    const userId = randomUUID();
    await auth.send(signIn(userId));
    await quiet(auth);
    return userId;
  };
  const gold = (quantity: number) => [{ item: 'GOLD', quantity }];
  const give = (userId: string, changes: object = {}, token = operator) =>
    stage.ask(mutation, { userId, rewards: gold(5), reason: 'a lost prize', key: randomUUID(), ...changes }, token);
  const entriesAbout = (userId: string) =>
    stage.query<{ data: { outcome: string; reason: string; changes: unknown[]; actorId: string } }>(
      `select envelope::json->'data' as data from outbox
       where envelope::json->>'type' = 'OperatorActed' and envelope::json->'data'->>'targetId' = $1 order by number`,
      [userId],
    );
  const expectOrder = async () => {
    for (const { name, statement } of invariants) expect([name, await stage.query(statement)]).toEqual([name, []]);
  };

  test('a grant is paid at once, and the ledger says that it was one, and why', async () => {
    const userId = await newPlayer();
    const rewards = [...gold(7), { item: 'SWORD', quantity: 1 }];
    const { data } = await give(userId, { rewards });
    expect(data.grantReward).toMatchObject({
      reason: 'a lost prize',
      rewards,
      user: { id: userId, wallet: { gold: 7 } },
    });
    const player = tokenFor({ id: userId, roles: ['PLAYER'] });
    const [{ wallet: seen }] = (await stage.ask(wallet, { id: userId }, player)).data._entities;
    expect(seen.balances).toEqual([
      { item: 'DIAMOND', quantity: 10 },
      { item: 'GOLD', quantity: 7 },
      { item: 'SWORD', quantity: 1 },
    ]);
    const grant = { id: data.grantReward.id, reason: 'a lost prize' };
    expect(seen.ledger.nodes).toEqual([
      { item: 'SWORD', amount: 1, balance: 1, completion: null, grant },
      { item: 'GOLD', amount: 7, balance: 7, completion: null, grant },
      { item: 'DIAMOND', amount: 10, balance: 10, completion: { id: expect.any(String) }, grant: null },
    ]);
    await expectOrder();
  });

  test('it leaves one audit entry, with the balances before and after', async () => {
    const userId = await newPlayer();
    await give(userId, { rewards: gold(3) });
    await give(userId, { rewards: gold(4), reason: '  and one more ' });
    expect((await entriesAbout(userId)).map(({ data }) => data)).toMatchObject([
      { actorId: operatorId, outcome: 'DONE', changes: [{ field: 'GOLD', before: '0', after: '3' }] },
      { reason: 'and one more', changes: [{ field: 'GOLD', before: '3', after: '7' }] },
    ]);
  });

  test('the same key is the same grant, fifty times at once too', async () => {
    const userId = await newPlayer();
    const key = randomUUID();
    const answers = await Promise.all(Array.from({ length: 50 }, () => give(userId, { key })));
    expect(new Set(answers.map(({ data }) => data?.grantReward.id)).size).toBe(1);
    expect(answers[0]!.data.grantReward.user.wallet.gold).toBe(5);
    expect(await entriesAbout(userId)).toHaveLength(1);
    await expectOrder();
  });

  test('the same key for something else is a CONFLICT; for another player, or of another operator, it is another key', async () => {
    const [userId, another] = [await newPlayer(), await newPlayer()];
    const key = randomUUID();
    await give(userId, { key });
    expect((await give(userId, { key, rewards: gold(6) })).code).toBe('CONFLICT');
    expect((await give(userId, { key, reason: 'something else' })).code).toBe('CONFLICT');
    expect((await give(another, { key })).data.grantReward.user.wallet.gold).toBe(5);
    const colleague = tokenFor({ id: randomUUID(), roles: ['OPERATOR'] });
    expect((await give(userId, { key }, colleague)).data.grantReward.user.wallet.gold).toBe(10);
    await expectOrder();
  });

  test.each([
    ['nothing', [], /1 to 20 items/],
    ['21 items', Array.from({ length: 21 }, (_, n) => ({ item: `ITEM_${n}`, quantity: 1 })), /1 to 20 items/],
    ['one item twice', [...gold(1), ...gold(2)], /each item once/],
    ['a quantity of 0', gold(0), /1 or more/],
    ['a quantity of -5', gold(-5), /1 or more/],
    ['a quantity of 1.5', gold(1.5), /whole number/],
    ['a quantity of 2^53', gold(2 ** 53), /whole number/],
    ['an item in small letters', [{ item: 'gold', quantity: 1 }], /A-Z/],
  ])('%s is BAD_USER_INPUT, and nothing is paid', async (_, rewards, message) => {
    const userId = await newPlayer();
    const { code, message: said } = await give(userId, { rewards });
    expect([code, said]).toEqual(['BAD_USER_INPUT', expect.stringMatching(message)]);
    expect(await stage.count('reward_grant where user_id = $1', [userId])).toBe(0);
  });

  test.each(['', ' ', 'two words', 'x'.repeat(101)])('%j is no idempotencyKey', async (key) => {
    expect((await give(await newPlayer(), { key })).code).toBe('BAD_USER_INPUT');
  });

  test('a player who has never signed in, or is none, is NOT_FOUND', async () => {
    for (const id of [randomUUID(), 'nobody', '', "' or 1=1--"]) expect((await give(id)).code).toBe('NOT_FOUND');
  });

  test.each(['PLAYER', 'SERVICE'] as const)(
    'a %s is FORBIDDEN, for themselves too, and that is an audit entry',
    async (role) => {
      const userId = await newPlayer();
      const token = tokenFor({ id: userId, roles: [role] });
      expect((await give(userId, {}, token)).code).toBe('FORBIDDEN');
      expect((await entriesAbout(userId)).map(({ data }) => data.outcome)).toEqual(['REFUSED']);
      expect(await stage.count('reward_grant where user_id = $1', [userId])).toBe(0);
    },
  );

  test('of one player’s tries twenty an hour are sent to the record, however many there are', async () => {
    const userId = await newPlayer();
    const token = tokenFor({ id: userId, roles: ['PLAYER'] });
    const codes = await Promise.all(Array.from({ length: 25 }, async () => (await give(userId, {}, token)).code));
    expect(new Set(codes)).toEqual(new Set(['FORBIDDEN']));
    expect(await entriesAbout(userId)).toHaveLength(20);
  });

  test('a payment has one cause, and neither grants nor their payments ever change', async () => {
    const userId = await newPlayer();
    await give(userId);
    for (const statement of ['update reward_grant set reason = $1', 'delete from reward_grant where reason <> $1'])
      await expect(stage.query(statement, ['x'])).rejects.toThrow(/append-only/);
    await expect(
      stage.query('insert into payment (id, user_id) values ($1, $2)', [randomUUID(), userId]),
    ).rejects.toThrow(/payment_has_one_cause/);
  });

  test('a wallet holds 2^53 - 1 of an item, and what would be more is a CONFLICT that pays nothing', async () => {
    const userId = await newPlayer();
    await give(userId, { rewards: gold(2 ** 53 - 3) });
    expect(await give(userId)).toMatchObject({ code: 'CONFLICT', message: expect.stringContaining('GOLD') });
    expect((await give(userId, { rewards: gold(2) })).data.grantReward.user.wallet.gold).toBe(2 ** 53 - 1);
    expect(await stage.count('reward_grant where user_id = $1', [userId])).toBe(2);
    await expectOrder();
  });
});
