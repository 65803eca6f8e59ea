import { randomUUID } from 'node:crypto';
import type { Carrier } from '../../../shared/delivery/carrier.ts';
import { rows } from '../../../shared/database/database.ts';
import type { EventEnvelope } from '../../../shared/events.ts';
import { until } from '../../../shared/testing/harness.ts';
import { type Sender, type Stage, defined, openSender, openStage, quiet, seal, signIn } from './stage.ts';
import { questTerms, revised } from './terms.ts';

const closed = (envelope: EventEnvelope) => seal.close(envelope.source, JSON.stringify(envelope));

/** What holds whichever carrier brings the events. */
export function deliverySuite(open: () => Promise<Carrier>): void {
  let carrier: Carrier;
  let auth: Sender;
  let catalog: Sender;
  let stage: Stage;

  beforeAll(async () => {
    carrier = await open();
    [auth, catalog, stage] = [
      await openSender('auth', carrier),
      await openSender('catalog', carrier),
      await openStage(carrier),
    ];
  });
  afterAll(async () => {
    await Promise.all([auth.stop(), catalog.stop()]);
    await stage.stop();
    await carrier.close();
  });

  const completions = (userId: string, questId: string) =>
    stage.count('completion where user_id = $1 and quest_id = $2', [userId, questId]);
  const define = async (terms: ReturnType<typeof questTerms>) => {
    await catalog.send(defined(terms));
    await quiet(catalog);
    return terms;
  };

  test('three sign-ins complete, six complete twice, and never again', async () => {
    const quest = await define(questTerms());
    const userId = randomUUID();
    const after: number[] = [];
    for (let n = 1; n <= 8; n++) {
      await auth.send(signIn(userId));
      await quiet(auth);
      after.push(await completions(userId, quest.questId));
    }
    expect(after).toEqual([0, 0, 1, 1, 1, 2, 2, 2]);
    expect(await stage.count(`event where user_id = $1 and source = 'auth'`, [userId])).toBe(8);
    expect(await stage.count('popup where user_id = $1', [userId])).toBeGreaterThanOrEqual(2);
  });

  test('the same event sent five times counts once', async () => {
    const quest = await define(questTerms({ streak: 2 }));
    const userId = randomUUID();
    const one = signIn(userId);
    for (let n = 0; n < 5; n++) await carrier.publish('auth:all', [{ id: 'not of an outbox', sealed: closed(one) }]);
    await auth.send(signIn(userId));
    await quiet(auth);
    await until(
      () => stage.count(`event where user_id = $1 and source = 'auth'`, [userId]).then((n) => n === 2),
      'both events',
    );
    expect(await completions(userId, quest.questId)).toBe(1);
  });

  test('a quest that pays at once pays the moment it completes', async () => {
    await define(
      questTerms({
        streak: 1,
        duplication: 1,
        autoClaim: true,
        rewards: [{ id: randomUUID(), item: 'GOLD', quantity: 50 }],
      }),
    );
    const userId = randomUUID();
    await auth.send(signIn(userId), signIn(userId));
    await quiet(auth);
    expect(await stage.query('select item, quantity from balance where user_id = $1', [userId])).toEqual([
      { item: 'GOLD', quantity: '50' },
    ]);
    expect(
      await stage.query('select account, amount from ledger_entry where user_id = $1 order by id', [userId]),
    ).toEqual([
      { account: 'PLAYER', amount: '50' },
      { account: 'ISSUER', amount: '-50' },
    ]);
  });

  test('what was recorded before a quest was published does not count, and what is recorded later does', async () => {
    const userId = randomUUID();
    const terms = questTerms({ trigger: 'LateSignIn', streak: 2 });
    const late = (n: number) => ({ ...signIn(userId), type: 'LateSignIn', id: `${userId}-${n}` });
    await auth.send(late(1), late(2));
    await quiet(auth);
    await define(terms);
    await auth.send(late(3));
    await quiet(auth);
    expect(await completions(userId, terms.questId)).toBe(0);
    await auth.send(late(4));
    await quiet(auth);
    expect(await completions(userId, terms.questId)).toBe(1);
  });

  test('events before the start do not count, on whichever side of others they come', async () => {
    const userId = randomUUID();
    const terms = questTerms({ trigger: 'Windowed', streak: 2, startsAt: '2026-11-21T00:00:00.000Z' });
    const on = (day: string, id: string) => ({ ...signIn(userId, new Date(`${day}T12:00:00Z`), id), type: 'Windowed' });
    await define(terms);
    await auth.send(on('2026-11-19', `${userId}-1`), on('2026-11-21', `${userId}-2`));
    await quiet(auth);
    await auth.send(on('2026-11-20', `${userId}-3`));
    await quiet(auth);
    expect(await completions(userId, terms.questId)).toBe(0);
    await auth.send(on('2026-11-22', `${userId}-4`));
    await quiet(auth);
    expect(await completions(userId, terms.questId)).toBe(1);
  });

  test('events after the end do not count', async () => {
    const userId = randomUUID();
    const terms = await define(
      questTerms({ trigger: 'Event1', streak: 1, duplication: 9, endsAt: '2026-11-21T13:00:00.000Z' }),
    );
    const at = (time: string, id: string) => ({
      ...signIn(userId, new Date(`2026-11-21T${time}:00Z`), id),
      type: 'Event1',
    });
    await auth.send(at('12:59', `${userId}-1`), at('13:00', `${userId}-2`));
    await quiet(auth);
    expect(await completions(userId, terms.questId)).toBe(1);
  });

  test('a lowered target completes at the next event, and completed stays completed', async () => {
    const userId = randomUUID();
    const terms = await define(questTerms({ trigger: 'Lowered', streak: 5, duplication: 3 }));
    const one = () => ({ ...signIn(userId), type: 'Lowered' });
    await auth.send(one(), one(), one());
    await quiet(auth);
    const lowered = revised(terms, { streak: 2, inFlight: 'MOVE' });
    await define(lowered);
    expect(await completions(userId, terms.questId)).toBe(0);
    await auth.send(one());
    await quiet(auth);
    expect(await completions(userId, terms.questId)).toBe(2);
    await define(revised(lowered, { streak: 4 }));
    await auth.send(one());
    await quiet(auth);
    expect(await completions(userId, terms.questId)).toBe(2);
  });

  test('an older version that comes late changes nothing', async () => {
    const terms = questTerms({ trigger: 'Versioned', version: 2, streak: 1 });
    await define(terms);
    await define(revised(terms, { version: 1, streak: 100 }));
    const userId = randomUUID();
    await auth.send({ ...signIn(userId), type: 'Versioned' });
    await quiet(auth);
    expect(await completions(userId, terms.questId)).toBe(1);
  });

  test('a forged entry is set aside and its neighbours are applied', async () => {
    const [victim, neighbour] = [randomUUID(), randomUUID()];
    const forged = signIn(victim);
    await carrier.publish('auth:all', [{ id: '1', sealed: closed(forged).replace(victim, neighbour) }]);
    await auth.send(signIn(neighbour));
    await quiet(auth);
    await until(
      async () => (await stage.count(`dead_letter where sealed like '%' || $1 || '%'`, [forged.id])) === 1,
      'the forged entry to be set aside',
    );
    expect(await stage.count(`event where user_id = $1 and source = 'auth'`, [neighbour])).toBe(1);
  });

  test('an event that the database refuses is set aside and its neighbours are applied', async () => {
    const [userId, neighbour] = [randomUUID(), randomUUID()];
    const poison = { ...signIn(userId), data: { timeZone: 'nul \0 byte' } };
    await auth.send(signIn(neighbour));
    await carrier.publish('auth:all', [{ id: '1', sealed: closed(poison) }]);
    await auth.send(signIn(neighbour));
    await quiet(auth);
    await until(
      async () =>
        (await stage.count('dead_letter where event_id = $1 and next_try_at is null and attempts = 5', [poison.id])) ===
        1,
      'five attempts',
    );
    expect(await stage.count(`event where user_id = $1 and source = 'auth'`, [neighbour])).toBe(2);
    expect(await stage.count(`event where user_id = $1 and source = 'auth'`, [userId])).toBe(0);
  });

  test('what was sent while progress was away is applied when it is back', async () => {
    const quest = await define(questTerms({ trigger: 'Away', streak: 10 }));
    const userId = randomUUID();
    const restarting = stage.restart();
    await auth.send(...Array.from({ length: 20 }, () => ({ ...signIn(userId), type: 'Away' })));
    await restarting;
    await quiet(auth);
    expect(await completions(userId, quest.questId)).toBe(2);
  });

  test('a row whose confirmation was lost is published again and counts once', async () => {
    const userId = randomUUID();
    const one = signIn(userId);
    await auth.send(one);
    await quiet(auth);
    // As after a relay that died between publishing and noting it: the row is there, its position is not on the carrier.
    await rows(
      auth.database.fork(),
      `insert into outbox (envelope, awaiting, position, published_at)
       values ($1, '{progress}', '1-1', clock_timestamp() - interval '1 minute')`,
      [JSON.stringify(one)],
    );
    await quiet(auth);
    expect(await stage.count(`event where user_id = $1 and source = 'auth'`, [userId])).toBe(1);
  });

  test('completion numbers, balances and popups have no gap whatever the order of four hundred events is', async () => {
    const quest = await define(questTerms({ trigger: 'Many', streak: 7, duplication: 1000, autoClaim: true }));
    const users = Array.from({ length: 9 }, () => randomUUID());
    const events = Array.from({ length: 400 }, (_, n) => ({ ...signIn(users[n % 9]!), type: 'Many' }));
    await Promise.all([0, 1, 2, 3].map((part) => auth.send(...events.slice(part * 100, part * 100 + 100).reverse())));
    await quiet(auth);
    for (const [n, userId] of users.entries()) {
      const due = Math.floor(events.filter((_, i) => i % 9 === n).length / 7);
      const [row] = await stage.query<{ numbers: number[] | null }>(
        'select array_agg(number order by number) as numbers from completion where user_id = $1 and quest_id = $2',
        [userId, quest.questId],
      );
      expect(row!.numbers).toEqual(Array.from({ length: due }, (_, i) => i + 1));
      expect(await stage.query('select quantity from balance where user_id = $1', [userId])).toEqual([
        { quantity: String(due * 10) },
      ]);
    }
    expect(
      await stage.count(
        'popup p where seq > 1 and not exists (select from popup b where b.user_id = p.user_id and b.seq = p.seq - 1)',
      ),
    ).toBe(0);
  });

  test('the ledger cannot be changed, and a payment that does not sum to zero cannot be written', async () => {
    await expect(stage.query('update ledger_entry set amount = amount + 1')).rejects.toThrow(
      /append-only|permission denied/,
    );
    await expect(stage.query('delete from ledger_entry')).rejects.toThrow(/append-only|permission denied/);
    await expect(stage.query('truncate ledger_entry')).rejects.toThrow(/append-only|permission denied/);
    await expect(
      stage.query(
        `insert into ledger_entry (payment_id, account, user_id, item, amount, balance)
         select id, 'PLAYER', user_id, 'GOLD', 1000000, 1000000 from payment limit 1`,
      ),
    ).rejects.toThrow(/sum to zero/);
  });
}
