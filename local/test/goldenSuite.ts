import { randomUUID } from 'node:crypto';
import type { Carrier } from '../../shared/delivery/carrier.ts';
import { until } from '../../shared/testing/harness.ts';
import { type Graph, startGraph } from './graph.ts';

const popup = `subscription { questCompleted { cursor completion { number status }
  quest { name rewards { item quantity } } user { name wallet { diamonds } } } }`;
const standing = `{ me { id name status wallet { diamonds gold ledger { nodes { item amount balance } } }
  quests { streak completions remaining quest { name } }
  completions { nodes { id number status quest { name } } } events(first: 100) { nodes { type source } } } }`;

/** The golden trace over the whole graph, whichever carrier brings the events. */
export function goldenSuite(open: () => Promise<{ carrier: () => Promise<Carrier>; redisUrl?: string }>): void {
  let graph: Graph;
  beforeAll(async () => {
    const { carrier, redisUrl } = await open();
    graph = await startGraph(carrier, redisUrl);
  });
  afterAll(() => graph.stop());

  const signUp = async () => {
    const name = `p${randomUUID().slice(0, 12)}`;
    const { data } = await graph.ask(
      'mutation ($input: SignUpInput!) { signUp(input: $input) { accessToken user { id status } } }',
      {
        input: { name, password: 'correct horse battery', timeZone: 'Europe/Berlin' },
      },
    );
    return {
      name,
      id: data.signUp.user.id as string,
      token: data.signUp.accessToken as string,
      status: data.signUp.user.status as string,
    };
  };
  const signIn = async (name: string) => graph.tokenOf(name, 'correct horse battery');
  const stands = async (token: string) => (await graph.ask(standing, {}, token)).data.me;
  const theQuest = (me: { quests: { quest: { name: string } }[] }) =>
    me.quests.find((one) => one.quest.name === 'sign-in-three-times');
  const typesOf = (me: { events: { nodes: { type: string; source: string }[] } }, source: string) =>
    me.events.nodes.filter((one) => one.source === source).map(({ type }) => type);
  /** That somebody was there on a day is an event beside the sign-ins. */
  const signInsOf = (me: Parameters<typeof typesOf>[0]) => typesOf(me, 'auth').filter((type) => type !== 'UserActive');
  const arrived = (token: string, signIns: number) =>
    until(async () => signInsOf(await stands(token)).length === signIns, `${signIns} sign-ins to be counted`);

  test('three sign-ins complete and pop up, six complete again, and no more; every completion pays once', async () => {
    const player = await signUp();
    expect(player.status).toBe('ACTIVE');
    const live = graph.subscribe(popup, player.token);
    await live.opened;
    await arrived(player.token, 1);
    expect(theQuest(await stands(player.token))).toMatchObject({ streak: 1, completions: 0, remaining: 2 });

    await signIn(player.name);
    await signIn(player.name);
    await until(() => live.results.length === 1, 'the first popup');
    expect(live.results[0]).toEqual({
      data: {
        questCompleted: {
          cursor: expect.any(String),
          completion: { number: 1, status: 'CLAIMABLE' },
          quest: { name: 'sign-in-three-times', rewards: [{ item: 'DIAMOND', quantity: 10 }] },
          user: { name: player.name, wallet: { diamonds: 0 } },
        },
      },
    });
    expect(theQuest(await stands(player.token))).toMatchObject({ streak: 0, completions: 1, remaining: 3 });

    const { data: claimed } = await graph.ask(
      'mutation { claimAllRewards { number status claimedAt } }',
      {},
      player.token,
    );
    expect(claimed.claimAllRewards).toEqual([{ number: 1, status: 'CLAIMED', claimedAt: expect.any(String) }]);
    expect((await stands(player.token)).wallet).toMatchObject({ diamonds: 10, gold: 0 });

    for (let n = 4; n <= 8; n++) await signIn(player.name);
    await arrived(player.token, 8);
    const me = await stands(player.token);
    expect(theQuest(me)).toMatchObject({ streak: 0, completions: 2, remaining: 0 });
    expect(
      me.completions.nodes.filter((one: { quest: { name: string } }) => one.quest.name === 'sign-in-three-times'),
    ).toHaveLength(2);
    expect(signInsOf(me)).toEqual([...Array(7).fill('UserSignIn'), 'NewUserSignIn']);
    // What progress made of them is in the history too.
    const completed = me.completions.nodes.length;
    expect(typesOf(me, 'progress').sort()).toEqual([...Array(completed).fill('QuestCompleted'), 'RewardClaimed']);

    const second = me.completions.nodes.find((one: { status: string }) => one.status === 'CLAIMABLE');
    const claims = await Promise.all(
      Array.from({ length: 20 }, () =>
        graph.ask(
          'mutation ($id: ID!) { claimReward(completionId: $id) { id status } }',
          { id: second.id },
          player.token,
        ),
      ),
    );
    for (const { data } of claims) expect(data.claimReward).toEqual({ id: second.id, status: 'CLAIMED' });
    const end = await stands(player.token);
    expect(end.wallet.diamonds).toBe(20);
    expect(end.wallet.ledger.nodes.filter((line: { item: string }) => line.item === 'DIAMOND')).toEqual([
      { item: 'DIAMOND', amount: 10, balance: 20 },
      { item: 'DIAMOND', amount: 10, balance: 10 },
    ]);
    await live.end();
  });

  test('autoClaim pays without a claim', async () => {
    const player = await signUp();
    for (let n = 0; n < 4; n++) await signIn(player.name);
    await arrived(player.token, 5);
    expect((await stands(player.token)).wallet.gold).toBe(50);
  });

  test('a player sees own popups only', async () => {
    const [one, other] = [await signUp(), await signUp()];
    const live = graph.subscribe(popup, one.token);
    await live.opened;
    for (const { name } of [other, one, other, one]) await signIn(name);
    await until(() => live.results.length === 1, 'the popup');
    expect(live.results[0]!.data.questCompleted.user.name).toBe(one.name);
    await live.end();
  });

  test('with the cursor of before, what came in the meantime arrives', async () => {
    const player = await signUp();
    const { data } = await graph.ask('{ me { questCursor } }', {}, player.token);
    await signIn(player.name);
    await signIn(player.name);
    await arrived(player.token, 3);
    const live = graph.subscribe(
      'subscription ($after: String) { questCompleted(after: $after) { cursor quest { name } } }',
      player.token,
      { after: data.me.questCursor },
    );
    await until(() => live.results.length === 1, 'the missed popup');
    expect(live.results[0]!.data.questCompleted.quest.name).toBe('sign-in-three-times');
    await live.end();
  });

  test.each([
    ['of another player', (other: string) => Buffer.from(`popups-${other}:0`).toString('base64url')],
    ['from the future', (_: string, own: string) => Buffer.from(`popups-${own}:99`).toString('base64url')],
    ['that is none', () => '-1'],
  ])('a cursor %s is refused', async (_, cursor) => {
    const [player, other] = [await signUp(), await signUp()];
    const live = graph.subscribe(
      'subscription ($after: String) { questCompleted(after: $after) { cursor } }',
      player.token,
      {
        after: cursor(other.id, player.id),
      },
    );
    await until(() => live.results.length === 1, 'the refusal');
    expect(live.results[0]!.errors![0]!.extensions.code).toBe('BAD_USER_INPUT');
    await live.end();
  });

  test('everything is there after a restart', async () => {
    const player = await signUp();
    await signIn(player.name);
    await arrived(player.token, 2);
    await graph.restart();
    expect(theQuest(await stands(player.token))).toMatchObject({ streak: 2, remaining: 1 });
    await signIn(player.name);
    await arrived(player.token, 3);
    expect(theQuest(await stands(player.token))).toMatchObject({ completions: 1 });
  });

  test('an operator makes a quest that a trusted service moves', async () => {
    const [operator, service, player] = [
      await graph.tokenOf('operator'),
      await graph.tokenOf('service'),
      await signUp(),
    ];
    const name = `matches-${randomUUID().slice(0, 8)}`;
    const { data } = await graph.ask(
      'mutation ($input: QuestInput!) { createQuest(input: $input) { id version } }',
      {
        input: {
          name,
          title: 'Win twice',
          trigger: 'MatchWon',
          streak: 2,
          rewards: [{ item: 'SWORD', quantity: 1 }],
        },
      },
      operator,
    );
    const occurredAt = new Date().toISOString();
    const record = (id: string, more: object = {}) =>
      graph.ask(
        'mutation ($events: [EventInput!]!) { recordEvents(events: $events) { id type } }',
        {
          events: [
            { id: `${name}-${id}`, userId: player.id, type: 'MatchWon', occurredAt, data: { score: 1 }, ...more },
          ],
        },
        service,
      );
    await until(
      async () =>
        (await graph.ask('{ me { quests { quest { name } } } }', {}, player.token)).data.me.quests.some(
          (one: { quest: { name: string } }) => one.quest.name === name,
        ),
      'the quest',
    );
    expect((await record('1')).data.recordEvents).toEqual([{ id: `${name}-1`, type: 'MatchWon' }]);
    expect((await record('1')).errors).toBeUndefined();
    expect((await record('1', { data: { score: 2 } })).errors![0]!.extensions.code).toBe('CONFLICT');
    await record('2');
    const me = await stands(player.token);
    const completion = me.completions.nodes.find((one: { quest: { name: string } }) => one.quest.name === name);
    await graph.ask(
      'mutation ($id: ID!) { claimReward(completionId: $id) { id } }',
      { id: completion.id },
      player.token,
    );
    const { data: wallet } = await graph.ask('{ me { wallet { balances { item quantity } } } }', {}, player.token);
    expect(wallet.me.wallet.balances).toContainEqual({ item: 'SWORD', quantity: 1 });
    const { data: explained } = await graph.ask(
      'query ($userId: ID!, $questId: ID!) { explain(userId: $userId, questId: $questId) { counted due text } questStats { completions quest { name } } }',
      { userId: player.id, questId: data.createQuest.id },
      operator,
    );
    expect(explained.explain).toMatchObject({ counted: 2, due: 1 });
    expect(explained.questStats.map((one: { quest: { name: string } }) => one.quest.name)).toContain(name);
  });

  describe('bad input', () => {
    const code = async (query: string, variables: object, token?: string) =>
      (await graph.ask(query, variables, token)).errors?.[0]?.extensions.code;
    test('a completion that is not there or not mine is NOT_FOUND', async () => {
      const player = await signUp();
      const claim = 'mutation ($id: ID!) { claimReward(completionId: $id) { id } }';
      for (const id of [randomUUID(), "' or 1=1--", ''])
        expect(await code(claim, { id }, player.token)).toBe('NOT_FOUND');
    });
    test('an anonymous caller is UNAUTHENTICATED', async () => {
      expect(await code('mutation { claimAllRewards { id } }', {})).toBe('UNAUTHENTICATED');
      expect((await graph.ask('{ me { id } }')).data).toEqual({ me: null });
    });
    test('a player is FORBIDDEN what operators and services do', async () => {
      const { token, id } = await signUp();
      expect(await code('{ questStats { completions } }', {}, token)).toBe('FORBIDDEN');
      expect(await code('{ explain(userId: "1", questId: "2") { counted } }', {}, token)).toBe('FORBIDDEN');
      const events = [{ id: 'x', userId: id, type: 'MatchWon', occurredAt: new Date().toISOString() }];
      expect(
        await code('mutation ($events: [EventInput!]!) { recordEvents(events: $events) { id } }', { events }, token),
      ).toBe('FORBIDDEN');
    });
    test.each([0, -1, 101])('first: %i is BAD_USER_INPUT', async (first) => {
      const { token } = await signUp();
      expect(
        await code('query ($first: Int) { me { events(first: $first) { nodes { id } } } }', { first }, token),
      ).toBe('BAD_USER_INPUT');
    });
    test('a service cannot report a sign-in', async () => {
      const [service, { id }] = [await graph.tokenOf('service'), await signUp()];
      const events = [{ id: 'x', userId: id, type: 'UserSignIn', occurredAt: new Date().toISOString() }];
      expect(
        await code('mutation ($events: [EventInput!]!) { recordEvents(events: $events) { id } }', { events }, service),
      ).toBe('BAD_USER_INPUT');
    });
    test('pages follow one another without a gap', async () => {
      const player = await signUp();
      for (let n = 0; n < 4; n++) await signIn(player.name);
      await arrived(player.token, 5);
      const query =
        'query ($after: String) { me { events(first: 2, after: $after) { nodes { id source } pageInfo { hasNextPage endCursor } } } }';
      const found: { id: string; source: string }[] = [];
      let after: string | null = null;
      for (let more = true; more;) {
        const {
          data,
        }: {
          data: { me: { events: { nodes: typeof found; pageInfo: { hasNextPage: boolean; endCursor: string } } } };
        } = await graph.ask(query, { after }, player.token);
        found.push(...data.me.events.nodes);
        after = data.me.events.pageInfo.endCursor;
        more = data.me.events.pageInfo.hasNextPage;
      }
      expect(new Set(found.map(({ id }) => id)).size).toBe(found.length);
      expect(found.filter(({ source }) => source === 'auth')).toHaveLength(6);
    });
  });
}
