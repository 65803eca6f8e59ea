import { randomUUID } from 'node:crypto';
import { localCarrier } from '../../../shared/delivery/carrierLocal.ts';
import { type Sender, type Stage, defined, openSender, openStage, quiet, signIn } from './stage.ts';
import { questTerms } from './terms.ts';

/** What the code promises, the database holds even when the code is wrong. */
describe('the database of progress refuses', () => {
  const carrier = localCarrier();
  const userId = randomUUID();
  let stage: Stage;
  let senders: Sender[];
  beforeAll(async () => {
    stage = await openStage(carrier);
    senders = [await openSender('catalog', carrier), await openSender('auth', carrier)];
    const [catalog, auth] = senders as [Sender, Sender];
    await catalog.send(
      defined(questTerms({ streak: 1, duplication: 2, autoClaim: true })),
      defined(questTerms({ streak: 1 })),
    );
    await quiet(catalog);
    await auth.send(signIn(userId), signIn(userId));
    await quiet(auth);
  });
  afterAll(async () => {
    for (const sender of senders) await sender.stop();
    await stage.stop();
    await carrier.close();
  });

  const again = (table: string, columns: string, values: string) =>
    `insert into ${table} (${columns}) select ${values} from ${table} limit 1`;
  const unpaid = 'completion where id not in (select completion_id from payment)';
  test.each([
    [
      'an event in the inbox a second time',
      again('inbox', 'user_id, source, event_id', 'user_id, source, event_id'),
      /inbox_pkey/,
    ],
    [
      'an event a second time',
      again('event', 'source, id, user_id, type, occurred_at', 'source, id, user_id, type, occurred_at'),
      /event_\w*pkey/,
    ],
    [
      'a second value of a measure',
      again(
        'measure_value',
        'user_id, measure, bucket, value, first_at, last_at, born, next_at',
        'user_id, measure, bucket, 1, first_at, last_at, 0, 0',
      ),
      /measure_value_pkey/,
    ],
    [
      'a second enrolment',
      again(
        'enrolment',
        'user_id, quest_id, bucket, version, base, attempts_at_base, completions_at_base, completions',
        'user_id, quest_id, bucket, version, base, 0, 0, 0',
      ),
      /enrolment_pkey/,
    ],
    [
      'a second completion of the same number',
      again(
        'completion',
        'id, user_id, quest_id, number, quest_version, completed_at',
        'gen_random_uuid(), user_id, quest_id, number, quest_version, now()',
      ),
      /completion_user_id_quest_id_number_key/,
    ],
    [
      'a completion under a version that is not there',
      again(
        'completion',
        'id, user_id, quest_id, number, quest_version, completed_at',
        'gen_random_uuid(), user_id, quest_id, 99, 99, now()',
      ),
      /completion_quest_id_quest_version_fkey/,
    ],
    [
      'a second popup of a completion',
      again('popup', 'user_id, seq, completion_id', 'user_id, 99, completion_id'),
      /popup_completion_key/,
    ],
    [
      'a second popup at the same place',
      `insert into popup (user_id, seq, completion_id) select user_id, 1, id from completion where id <> (select completion_id from popup where seq = 1) limit 1`,
      /popup_(pkey|completion_key)/,
    ],
    [
      'a second payment of a completion',
      again('payment', 'id, completion_id, user_id', 'gen_random_uuid(), completion_id, user_id'),
      /payment_completion_key/,
    ],
    ['a second balance', again('balance', 'user_id, item, quantity', 'user_id, item, 0'), /balance_pkey/],
    ['a balance below zero', 'update balance set quantity = -1', /balance_quantity_check/],
    ['a change of a completion', 'update completion set number = number + 1', /append-only/],
    ['a change of a payment', `update payment set user_id = gen_random_uuid()`, /append-only/],
    ['the end of a payment', 'delete from payment', /append-only|violates foreign key/],
    [
      'a change of the terms under which completions were earned',
      `update quest_version set terms = '{}'`,
      /append-only/,
    ],
    [
      'a payment that gives the player less than the issuer loses',
      `with paid as (insert into payment (id, completion_id, user_id) select gen_random_uuid(), id, user_id from ${unpaid} limit 1 returning *)
       insert into ledger_entry (payment_id, account, user_id, item, amount, balance)
       select id, 'PLAYER', user_id, 'GOLD', 1, 1 from paid union all select id, 'ISSUER', user_id, 'GOLD', -2, null from paid`,
      /sum to zero/,
    ],
    [
      'a line by which a player pays the issuer',
      again(
        'ledger_entry',
        'payment_id, account, user_id, item, amount, balance',
        `payment_id, 'PLAYER', user_id, item, -1, 0`,
      ),
      /ledger_entry_check/,
    ],
  ])('%s', async (_, statement, refusal) => {
    await expect(stage.query(statement)).rejects.toThrow(refusal);
  });
});
