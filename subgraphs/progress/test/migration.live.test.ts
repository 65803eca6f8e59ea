import { randomUUID } from 'node:crypto';
import { localCarrier } from '../../../shared/delivery/carrierLocal.ts';
import { type Transaction, openDatabase, rows } from '../../../shared/database/database.ts';
import { OutboxRow } from '../../../shared/delivery/outbox.ts';
import { testDatabase } from '../../../shared/testing/harness.ts';
import { tokenFor } from '../../../shared/testing/tokens.ts';
import { progressMigrations } from '../migrations/all.ts';
import { invariants } from '../operations/invariants.ts';
import { type Sender, type Stage, log, openSender, openStage, quiet, signIn } from './stage.ts';
import { questTerms } from './terms.ts';

/** A database as it was before its keys began with the player, with what was earned and paid in it. */
describe('a database of before', () => {
  const carrier = localCarrier();
  const [ada, ben, operatorId] = [randomUUID(), randomUUID(), randomUUID()];
  const quest = questTerms({
    streak: 1,
    duplication: 3000,
    autoClaim: true,
    startsAt: '2025-01-01T00:00:00.000Z',
    rewards: [{ id: randomUUID(), item: 'GOLD', quantity: 1_000_000 }],
  });
  const [lastOfAda, grantId] = [randomUUID(), randomUUID()];
  const player = (id: string) => tokenFor({ id, roles: ['PLAYER'] });
  const operator = tokenFor({ id: operatorId, roles: ['OPERATOR'] });
  let stage: Stage;
  let auth: Sender;

  beforeAll(async () => {
    const before = progressMigrations.slice(
      0,
      progressMigrations.findIndex(({ name }) => name === 'progress-008-calendar') + 1,
    );
    const given = await testDatabase('progress_before', async (url) => {
      const database = await openDatabase({
        url,
        subgraph: 'progress',
        entities: [OutboxRow],
        migrations: before,
        log,
      });
      await database.transaction(fill);
      await database.close();
    });
    stage = await openStage(carrier, given);
    auth = await openSender('auth', carrier);
  });
  afterAll(async () => {
    await auth.stop();
    await stage.stop();
    await carrier.close();
  });

  /** Ada has signed in 2,148 times over a year and earned a million gold each time; Ben once, and was given a sword. */
  async function fill(tx: Transaction): Promise<void> {
    const signIns = `select n, $1::uuid as user_id, now() - (2148 - n) * interval '4 hours' as at from generate_series(1, 2148) n
      union all select 2149, $2::uuid, now() - interval '40 days'`;
    await rows(tx, `insert into player (user_id, popup_seq) values ($1, 2148), ($2, 1)`, [ada, ben]);
    await rows(tx, `insert into quest (quest_id, version) values ($1, 1)`, [quest.questId]);
    await rows(tx, 'insert into quest_version values ($1, 1, $2)', [quest.questId, JSON.stringify(quest)]);
    await rows(tx, `insert into inbox values ('catalog', $1)`, [`${quest.questId}:1`]);
    await rows(
      tx,
      `insert into event (source, id, user_id, type, occurred_at, data)
       select 'auth', 'sign-in-' || n, user_id, 'UserSignIn', at, '{}' from (${signIns}) s`,
      [ada, ben],
    );
    await rows(tx, `insert into inbox select source, id from event`);
    await rows(
      tx,
      `insert into tally (user_id, tally, total, first_at) select user_id, type, count(*), min(occurred_at) from event group by 1, 2`,
    );
    await rows(
      tx,
      `insert into completion (id, user_id, quest_id, number, quest_version, completed_at)
       select case when n = 2148 then $3 else gen_random_uuid() end, user_id, $4, row_number() over (partition by user_id order by n), 1, at
       from (${signIns}) s`,
      [ada, ben, lastOfAda, quest.questId],
    );
    await rows(
      tx,
      `insert into quest_progress (user_id, quest_id, completions) select user_id, quest_id, count(*) from completion group by 1, 2`,
    );
    await rows(
      tx,
      `insert into popup (user_id, seq, completion_id, seen_at) select user_id, number, id, now() from completion`,
    );
    await rows(
      tx,
      `insert into payment (id, completion_id, user_id, paid_at) select gen_random_uuid(), id, user_id, completed_at from completion`,
    );
    await rows(
      tx,
      `insert into reward_grant values ($1, $2, '[{ "item": "SWORD", "quantity": 1 }]', 'a lost sword', now(), $3, 'key')`,
      [grantId, ben, operatorId],
    );
    await rows(tx, `insert into payment (id, grant_id, user_id) values (gen_random_uuid(), $1, $2)`, [grantId, ben]);
    await rows(
      tx,
      `insert into ledger_entry (payment_id, account, user_id, item, amount, balance)
       select p.id, account, p.user_id, item, sign * quantity, case when sign > 0 then nth * quantity end
       from payment p left join completion c on c.id = completion_id
       cross join lateral (select case when c.id is null then 'SWORD' else 'GOLD' end as item,
         case when c.id is null then 1 else 1000000::bigint end as quantity, coalesce(c.number, 1) as nth) paid
       cross join (values ('PLAYER', 1), ('ISSUER', -1)) side(account, sign) order by nth, sign desc`,
    );
    await rows(
      tx,
      `insert into balance select user_id, item, sum(amount) from ledger_entry where account = 'PLAYER' group by 1, 2`,
    );
  }

  const me = async (id: string, asked: string) => {
    const query = `query ($id: ID!) { _entities(representations: [{ __typename: "User", id: $id }]) { ... on User { ${asked} } } }`;
    const { data, message } = await stage.ask(query, { id }, player(id));
    expect(message).toBeUndefined();
    return data._entities[0];
  };

  test('answers what was not to be read any more', async () => {
    expect(
      await me(ada, 'claimableCount wallet { gold } completions(first: 1) { totalCount nodes { id number } }'),
    ).toEqual({
      claimableCount: 0,
      wallet: { gold: 2_148_000_000 },
      completions: { totalCount: 2148, nodes: [{ id: lastOfAda, number: 2148 }] },
    });
    const { wallet } = await me(ben, 'wallet { ledger { nodes { item completion { number } grant { reason } } } }');
    expect(wallet.ledger.nodes).toEqual(
      expect.arrayContaining([
        { item: 'SWORD', completion: null, grant: { reason: 'a lost sword' } },
        { item: 'GOLD', completion: { number: 1 }, grant: null },
      ]),
    );
  });

  test('has everything in its order, in the history and in the counts', async () => {
    for (const { name, statement } of invariants) expect([name, await stage.query(statement)]).toEqual([name, []]);
    const { events } = await me(ada, 'events(first: 2) { nodes { id } }');
    expect(events.nodes).toEqual([{ id: 'sign-in-2148' }, { id: 'sign-in-2147' }]);
    const { data } = await stage.ask('{ questStats { completions players } }', {}, operator);
    expect(data.questStats).toEqual([{ completions: 2149, players: 2 }]);
  });

  test('goes on: what comes again has no effect, what is new counts, and is listed after what was there', async () => {
    await auth.send(signIn(ada, new Date(), 'sign-in-17'), signIn(ada, new Date(), 'sign-in-new'));
    await quiet(auth);
    const { wallet, events } = await me(ada, 'wallet { gold } events(first: 3) { nodes { id type } }');
    expect(wallet.gold).toBe(2_149_000_000);
    expect(events.nodes.map(({ type }: { type: string }) => type).sort()).toEqual([
      'QuestCompleted',
      'UserSignIn',
      'UserSignIn',
    ]);
    const [place] = await stage.query<{ fresh: boolean }>(
      `select position > all (select position from event where id like 'sign-in-%' and id <> 'sign-in-new') as fresh from event where id = 'sign-in-new'`,
    );
    expect(place!.fresh).toBe(true);
    expect(await stage.count(`event where id = 'sign-in-17'`)).toBe(1);
  });
});
