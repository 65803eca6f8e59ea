import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { childEnvironment } from '../../../shared/testing/childEnvironment.ts';
import type { ObjectiveTerms } from '../../../shared/questTerms.rules.ts';
import { localCarrier } from '../../../shared/delivery/carrierLocal.ts';
import { invariants } from '../operations/invariants.ts';
import { type Sender, type Stage, defined, openSender, openStage, quiet, signIn } from './stage.ts';
import { objective, questOf, questTerms } from './terms.ts';

const zone = (measure: ObjectiveTerms['measure'], changes: Partial<ObjectiveTerms> = {}) =>
  objective(measure.toLowerCase(), ['UserSignIn', 'NewUserSignIn'], { measure, ...changes });
const byDay = '00000000-0000-4000-8000-00000000da75';

describe('the invariants', () => {
  const carrier = localCarrier();
  let stage: Stage;
  let senders: Sender[];
  beforeAll(async () => {
    stage = await openStage(carrier);
    senders = [await openSender('auth', carrier), await openSender('catalog', carrier)];
    const [auth, catalog] = senders as [Sender, Sender];
    await catalog.send(
      defined(questTerms({ duplication: 3 })),
      defined(questTerms({ streak: 1, duplication: 100, autoClaim: true })),
      defined(questTerms({ streak: 2, startsAt: '2026-11-21T11:00:00.000Z' })),
      defined(questTerms({ streak: 1, duplication: 9, endsAt: '2026-11-21T12:00:00.000Z' })),
      defined(questTerms({ questId: byDay, streak: 1, duplication: 9, period: 'DAY', graceHours: 3 })),
      defined(
        questOf([zone('DISTINCT', { of: 'timeZone' }), zone('COUNT', { target: 2 })], {
          completes: 'ANY',
          duplication: 3,
        }),
      ),
      defined(
        questOf([zone('COUNT', { where: [{ path: 'timeZone', op: 'IN', value: ['Europe/Berlin'] }], target: 4 })], {
          steps: [1, 2, 4].map((target) => ({
            target,
            rewards: [{ id: `r${target}`, item: 'GOLD', quantity: target }],
          })),
          autoClaim: true,
          duplication: 2,
        }),
      ),
      defined(questOf([zone('PERIODS', { period: 'WEEK', perPeriod: 2 })], { every: 'MONTH' })),
    );
    await quiet(catalog);
    const users = Array.from({ length: 5 }, () => randomUUID());
    for (const [n, userId] of users.entries())
      for (let k = 0; k < 3 + n; k++)
        await auth.send(signIn(userId, new Date(`2026-11-21T${String(9 + k).padStart(2, '0')}:30:00Z`)));
    await quiet(auth);
  });
  afterAll(async () => {
    for (const sender of senders) await sender.stop();
    await stage.stop();
    await carrier.close();
  });

  const contradicted = async () => {
    const found: string[] = [];
    for (const { name, statement } of invariants) if ((await stage.query(statement)).length > 0) found.push(name);
    return found;
  };
  const reconcile = () =>
    new Promise<{ code: number | null; output: string }>((resolve) => {
      const child = spawn(process.execPath, [join(import.meta.dirname, '../operations/reconcile.ts')], {
        env: { ...childEnvironment(), DATABASE_URL: stage.url },
      });
      let output = '';
      child.stdout.on('data', (data) => (output += data));
      child.stderr.on('data', (data) => (output += data));
      child.on('exit', (code) => resolve({ code, output }));
    });

  test('hold after everything was counted', async () => {
    expect(await contradicted()).toEqual([]);
    expect(await stage.count('completion')).toBeGreaterThan(30);
    expect(await stage.count('measure_value where starts is not null')).toBe(5);
    expect(await stage.count('distinct_value')).toBe(5);
    expect(await stage.count('completion where step = 1')).toBeGreaterThan(2);
  });

  test('reconcile says that nothing differs', async () => {
    const { code, output } = await reconcile();
    expect([code, output]).toEqual([0, expect.stringMatching(/Nothing differs\.\s*$/)]);
  });

  const one = 'ctid = (select min(ctid) from';
  const player = '(select user_id from player order by user_id desc limit 1)';
  const id = '00000000-0000-4000-8000-000000000001';
  const grant = `insert into reward_grant values ('${id}', ${player}, '[{"item":"GOLD","quantity":2}]', 'r', now(), '${id}', 'k')`;
  const payment = (to: string) => `insert into payment (id, user_id, grant_id) values ('${id}', ${to}, '${id}')`;
  const moveDay = `update event set occurred_at = occurred_at - interval '30 days' where ${one} event where source = 'auth')`;
  const counting =
    `${one} measure_value join measure using (measure) where specification->>'aggregation' = 'COUNT'`.replace(
      'min(ctid)',
      'min(measure_value.ctid)',
    );
  const player0 = '00000000-0000-4000-8000-000000000002';
  test.each<[string, string[], string[]]>([
    [
      'an event that was counted twice',
      [`update measure_value set value = value + 1 where ${counting})`],
      ['I1 values'],
    ],
    ['an event that was not counted', [`update measure_value set value = value - 1 where ${counting})`], ['I1 values']],
    ['a value that is gone', [`delete from measure_value where ${counting})`], ['I1 values']],
    [
      'an event that was lost',
      [`delete from event where ${one} event where source = 'auth')`],
      ['I1 values', 'I8 events'],
    ],
    [
      'a text that was told apart twice',
      [
        `update distinct_value set digest = '${id}' where ${one} distinct_value)`,
        `insert into distinct_value select user_id, measure, bucket, '${player0}' from distinct_value limit 1`,
      ],
      ['I1 distinct'],
    ],
    ['an event that never came', [`delete from inbox where ${one} inbox where source = 'auth')`], ['I8 events']],
    [
      'an event before the start that counted',
      [
        `update measure_value set starts = (select jsonb_object_agg(key, value::int - 1) from jsonb_each_text(starts)) where ${one} measure_value where starts is not null)`,
      ],
      ['I1 starts'],
    ],
    [
      'a completion that is missing',
      [
        `update enrolment set completions = completions - 1 where ${one} enrolment where completions > 1 and completions_at_base = 0)`,
      ],
      ['I1 completions', 'I2 numbers'],
    ],
    ['a day without an event', [`update active_span set span = span + 1 where ${one} active_span)`], ['I1 periods']],
    ['an event that fills no day', [moveDay], ['I1 periods']],
    [
      'more streaks than days',
      [`update enrolment set completions = completions + 1 where ${one} enrolment where quest_id = '${byDay}')`],
      ['I1 streaks', 'I2 numbers'],
    ],
    [
      'a gap in the numbers',
      [`update completion set number = 90 where ${one} completion where number = 2)`],
      ['I2 numbers'],
    ],
    [
      'a payment to another player',
      [
        `update payment set user_id = (select user_id from player p where p.user_id <> payment.user_id limit 1) where ${one} payment)`,
      ],
      ['I3 payments', 'I3 amounts'],
    ],
    ['a completion that was not paid', ['unpay'], ['I3 payments']],
    ['a grant that was not paid', [grant], ['I3 grants']],
    [
      'a grant that was paid to another',
      [grant, payment('(select user_id from player order by user_id limit 1)')],
      ['I3 grants'],
    ],
    ['a grant that was paid by half', [grant, payment(player)], ['I3 amounts']],
    [
      'a payment of another amount',
      [
        `update ledger_entry set amount = 2 * amount, balance = balance + abs(amount) where payment_id = (select min(id::text)::uuid from payment)`,
      ],
      ['I3 amounts', 'I4 balances'],
    ],
    [
      'a payment of one side',
      [`delete from ledger_entry where ${one} ledger_entry where account = 'ISSUER')`],
      ['I5 double entry'],
    ],
    ['a balance from nowhere', [`update balance set quantity = quantity + 1 where ${one} balance)`], ['I4 balances']],
    ['a balance that is gone', [`delete from balance where ${one} balance)`], ['I4 balances']],
    [
      'a line with a wrong balance',
      [`update ledger_entry set balance = balance + 1 where ${one} ledger_entry where account = 'PLAYER')`],
      ['I4 running balances'],
    ],
    ['a popup that is missing', [`delete from popup where ${one} popup)`], ['I6 popups']],
    [
      'an event that no day has counted',
      [`update activity set events = events - 1 where ${one} activity where events > 0)`],
      ['Activity'],
    ],
    [
      'a popup counter that ran ahead',
      [`update player set popup_seq = popup_seq + 1 where ${one} player)`],
      ['I6 popups'],
    ],
  ])('%s is found', async (_, statements, expected) => {
    const unpay = `with lines as (delete from ledger_entry where payment_id = (select min(id::text)::uuid from payment) returning *),
      less as (update balance set quantity = quantity - lines.amount from lines
        where lines.account = 'PLAYER' and balance.user_id = lines.user_id and balance.item = lines.item)
      delete from payment where id = (select min(id::text)::uuid from payment)`;
    const undo = new Error('undo');
    const seen: string[] = [];
    await stage.database
      .transaction(async (transaction) => {
        // Without the triggers that refuse such things.
        await transaction.execute("set local session_replication_role = 'replica'");
        for (const statement of statements) await transaction.execute(statement === 'unpay' ? unpay : statement);
        for (const { name, statement } of invariants)
          if ((await transaction.execute(statement)).length > 0) seen.push(name);
        throw undo;
      })
      .catch((error: unknown) => {
        if (error !== undo) throw error;
      });
    expect(seen).toEqual(expect.arrayContaining(expected));
  });

  test('reconcile names what differs, and its exit status is 1', async () => {
    await stage.query('update balance set quantity = quantity + 1');
    const { code, output } = await reconcile();
    await stage.query('update balance set quantity = quantity - 1');
    expect(code).toBe(1);
    expect(output).toMatch(/DIFFERS {2}I4 balances/);
    expect(output).toMatch(/"lines":"\d+","balance":"\d+"/);
    expect(output).toMatch(/1 of \d+ statements do not hold/);
  });
});
