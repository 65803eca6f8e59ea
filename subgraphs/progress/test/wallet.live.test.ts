import { randomUUID } from 'node:crypto';
import { localCarrier } from '../../../shared/delivery/carrierLocal.ts';
import { until } from '../../../shared/testing/harness.ts';
import { tokenFor } from '../../../shared/testing/tokens.ts';
import { invariants } from '../operations/invariants.ts';
import { type Sender, defined, openSender, quiet, signIn, stageForTests } from './stage.ts';
import { questTerms } from './terms.ts';

const carrier = localCarrier();
const stage = stageForTests(carrier);
const operator = tokenFor({ id: randomUUID(), roles: ['OPERATOR'] });
let [auth, catalog]: Sender[] = [];
beforeAll(async () => {
  [auth, catalog] = [await openSender('auth', carrier), await openSender('catalog', carrier)];
});
afterAll(() => Promise.all([auth!.stop(), catalog!.stop()]));

const most = 2 ** 53 - 1;
const pays = (quantity: number, item = 'GOLD') => [{ id: randomUUID(), item, quantity }];
const define = async (changes: Parameters<typeof questTerms>[0]) => {
  const terms = questTerms({ streak: 1, ...changes });
  await catalog!.send(defined(terms));
  await quiet(catalog!);
  return terms;
};
const archive = (terms: ReturnType<typeof questTerms>) =>
  define({ ...terms, version: terms.version + 1, archivedAt: '2026-11-22T00:00:00.000Z' });
const play = async (userId: string, times: number) => {
  await auth!.send(...Array.from({ length: times }, () => signIn(userId)));
  await quiet(auth!);
};
const player = (id: string) => tokenFor({ id, roles: ['PLAYER'] });
const me = async (id: string) => {
  const query = `query ($id: ID!) { _entities(representations: [{ __typename: "User", id: $id }]) { ... on User {
    claimableCount wallet { gold diamonds balances { item quantity } ledger { nodes { amount balance } } }
    completions(first: 3) { totalCount nodes { id status rewards { item quantity } } } } } }`;
  const { data, message } = await stage.ask(query, { id }, player(id));
  expect(message).toBeUndefined();
  return data._entities[0];
};
const claimAll = (id: string) =>
  stage.ask('mutation { claimAllRewards { id status user { claimableCount } } }', {}, player(id));
const claim = (id: string, completionId: string) =>
  stage.ask('mutation ($id: ID!) { claimReward(completionId: $id) { status } }', { id: completionId }, player(id));
const give = (userId: string, quantity: number) =>
  stage.ask(
    `mutation ($userId: ID!, $rewards: [GrantedRewardInput!]!, $key: String!) {
       grantReward(userId: $userId, rewards: $rewards, reason: "much", idempotencyKey: $key) { rewards { item quantity } } }`,
    { userId, rewards: [{ item: 'GOLD', quantity }], key: randomUUID() },
    operator,
  );
const expectOrder = async () => {
  for (const { name, statement } of invariants) expect([name, await stage.query(statement)]).toEqual([name, []]);
};

test('2,148 completions of a million gold are 2,148,000,000 gold', async () => {
  const quest = await define({ duplication: 3000, autoClaim: true, rewards: pays(1_000_000) });
  const userId = randomUUID();
  await play(userId, 2148);
  const { wallet, completions } = await me(userId);
  expect([completions.totalCount, wallet.gold]).toEqual([2148, 2_148_000_000]);
  expect(wallet.ledger.nodes[0]).toEqual({ amount: 1_000_000, balance: 2_148_000_000 });
  await archive(quest);
});

test('what a full wallet cannot hold stays claimable, is a CONFLICT when it is claimed, and holds up nothing else', async () => {
  const gold = await define({ duplication: 1, rewards: pays(10) });
  const diamonds = await define({ duplication: 1, rewards: pays(3, 'DIAMOND') });
  const userId = randomUUID();
  await play(userId, 1);
  expect((await give(userId, most - 9)).data.grantReward.rewards).toEqual([{ item: 'GOLD', quantity: most - 9 }]);
  const { nodes } = (await me(userId)).completions;
  const ofGold = nodes.find((one: { rewards: { item: string }[] }) => one.rewards[0]!.item === 'GOLD');

  expect(await claim(userId, ofGold.id)).toMatchObject({ code: 'CONFLICT', message: expect.stringContaining('GOLD') });
  expect((await claimAll(userId)).data.claimAllRewards).toMatchObject([
    { status: 'CLAIMED', user: { claimableCount: 1 } },
  ]);
  expect(await claimAll(userId)).toMatchObject({ code: 'CONFLICT', message: expect.stringContaining('GOLD') });
  expect((await give(userId, 9)).code).toBeUndefined();
  expect(await me(userId)).toMatchObject({ claimableCount: 1, wallet: { gold: most, diamonds: 3 } });
  await expectOrder();
  await Promise.all([archive(gold), archive(diamonds)]);
});

test('an event whose completion would pay a full wallet at once is a dead letter that says so, and others go on', async () => {
  const userId = randomUUID();
  await play(userId, 1);
  await give(userId, most);
  const startsAt = '2026-11-21T13:00:00.000Z';
  const quest = await define({ startsAt, duplication: 1, autoClaim: true, rewards: pays(1) });
  const [refused, neighbour] = [signIn(userId, new Date(startsAt)), signIn(randomUUID(), new Date(startsAt))];
  await auth!.send(refused, neighbour);
  await quiet(auth!);
  const letter = await until(async () => {
    const query = '{ deadLetters { nodes { eventId error attempts nextTryAt } } }';
    const { data } = await stage.ask(query, {}, operator);
    return data.deadLetters.nodes.find((one: { nextTryAt: string | null }) => one.nextTryAt === null);
  }, 'the last attempt');
  expect(letter).toMatchObject({ eventId: refused.id, attempts: 5 });
  expect(letter.error).toContain(`The player ${userId} would own more than ${most} of GOLD`);
  expect((await me(neighbour.userId!)).wallet.gold).toBe(1);
  expect((await me(userId)).wallet.gold).toBe(most);
  await archive(quest);
});

test('a batch of a service in which one wallet is full names the events of that player, and nothing of it is lost or stored', async () => {
  const [userId, neighbour] = [randomUUID(), randomUUID()];
  await Promise.all([play(userId, 1), play(neighbour, 1)]);
  await give(userId, most);
  const type = 'ChestOpened';
  const quest = await define({ trigger: type, duplication: 1, autoClaim: true, rewards: pays(1) });
  const opened = (player: string) => ({ id: randomUUID(), userId: player, type, occurredAt: new Date().toISOString() });
  const batch = [opened(neighbour), opened(userId), opened(neighbour), opened(userId)];
  const record = (events: object[]) =>
    stage.ask(
      'mutation ($events: [EventInput!]!) { recordEvents(events: $events) { id } }',
      { events },
      tokenFor({ id: '00000000-0000-4000-8000-0000000000e5', roles: ['SERVICE'] }),
    );
  const { code, message } = await record(batch);
  expect([code, message]).toEqual(['CONFLICT', expect.stringMatching(/^events\[1\], events\[3\]: The player .* GOLD/)]);
  expect((await me(neighbour)).wallet.gold).toBe(0);
  const others = batch.filter((one) => one.userId === neighbour);
  expect((await record(others)).data.recordEvents.map(({ id }: { id: string }) => id)).toEqual(
    others.map(({ id }) => id),
  );
  expect((await me(neighbour)).wallet.gold).toBe(1);
  await archive(quest);
});

test('3,000 claims are paid in pages of 500, each once, by however many calls at once', async () => {
  const quest = await define({ duplication: 3000, rewards: pays(2) });
  const userId = randomUUID();
  await play(userId, 3000);
  expect(await me(userId)).toMatchObject({ claimableCount: 3000, wallet: { gold: 0 } });
  const first = (await claimAll(userId)).data.claimAllRewards;
  expect(first).toHaveLength(500);
  expect(first[0].user.claimableCount).toBe(2500);

  const answers = await Promise.all(Array.from({ length: 200 }, () => claimAll(userId)));
  const paid = answers.flatMap(({ data }) => data?.claimAllRewards.map(({ id }: { id: string }) => id) ?? []);
  expect(new Set(paid).size).toBe(paid.length);
  // On a busy machine a call may have waited too long for a connection; what it left or did not tell, another finds.
  for (const { code } of answers) expect([undefined, 'UNAVAILABLE']).toContain(code);
  await until(async () => (await claimAll(userId)).data?.claimAllRewards.length === 0, 'nothing to be left');
  expect(await me(userId)).toMatchObject({ claimableCount: 0, wallet: { gold: 6000 } });
  await expectOrder();
  await archive(quest);
});

test('a reward that was edited before the claim: the completion shows and pays what it was earned for', async () => {
  const quest = await define({ duplication: 2, rewards: pays(10) });
  const userId = randomUUID();
  await play(userId, 1);
  await define({ ...quest, version: 2, rewards: [...pays(99), ...pays(1, 'SWORD')] });
  const [completion] = (await me(userId)).completions.nodes;
  expect(completion.rewards).toEqual([{ item: 'GOLD', quantity: 10 }]);
  expect((await claim(userId, completion.id)).data.claimReward.status).toBe('CLAIMED');
  expect((await me(userId)).wallet.balances).toEqual([{ item: 'GOLD', quantity: 10 }]);
  await play(userId, 1);
  const [second, before] = (await me(userId)).completions.nodes;
  expect(second.rewards).toEqual([
    { item: 'GOLD', quantity: 99 },
    { item: 'SWORD', quantity: 1 },
  ]);
  expect(before.rewards).toEqual([{ item: 'GOLD', quantity: 10 }]);
  await archive({ ...quest, version: 2 });
});

test('a quest that counts claims is completed by them, and pops up', async () => {
  const quest = await define({ duplication: 3, rewards: pays(1) });
  const collector = await define({
    trigger: 'RewardClaimed',
    streak: 3,
    duplication: 1,
    autoClaim: true,
    rewards: pays(1, 'CHEST'),
  });
  const userId = randomUUID();
  await play(userId, 3);
  const { nodes } = (await me(userId)).completions;
  await claim(userId, nodes[0].id);
  // Once more is the same claim.
  await claim(userId, nodes[0].id);
  expect((await me(userId)).completions.totalCount).toBe(3);
  await claimAll(userId);
  expect(await me(userId)).toMatchObject({
    completions: { totalCount: 4, nodes: [{ status: 'CLAIMED', rewards: [{ item: 'CHEST', quantity: 1 }] }, {}, {}] },
    wallet: {
      balances: [
        { item: 'CHEST', quantity: 1 },
        { item: 'GOLD', quantity: 3 },
      ],
    },
  });
  await expectOrder();
  await Promise.all([archive(quest), archive(collector)]);
});
