import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { localCarrier } from '../../../shared/delivery/carrierLocal.ts';
import type { EventEnvelope } from '../../../shared/events.ts';
import { until } from '../../../shared/testing/harness.ts';
import { invariants } from '../operations/invariants.ts';
import { type Sender, type Stage, defined, openSender, openStage, quiet, seal, signIn } from './stage.ts';
import { questTerms } from './terms.ts';

/** A game: which of three players does what, and when; then each event is delivered one to five times, in any order and in any batches. */
const game = fc
  .array(fc.record({ player: fc.nat(2), hour: fc.nat(20), first: fc.boolean() }), { minLength: 1, maxLength: 14 })
  .chain((plays) =>
    fc.record({
      plays: fc.constant(plays),
      deliveries: fc
        .array(fc.integer({ min: 1, max: 5 }), { minLength: plays.length, maxLength: plays.length })
        .map((times) => times.flatMap((count, play) => Array<number>(count).fill(play)))
        .chain((all) => fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length })),
      batch: fc.integer({ min: 1, max: 12 }),
    }),
  );

describe('however often and in whatever order events are delivered', () => {
  const carrier = localCarrier();
  let stage: Stage;
  let catalog: Sender;
  const quests = [
    questTerms({ streak: 3, duplication: 2 }),
    questTerms({ streak: 2, duplication: 100, autoClaim: true }),
    questTerms({ streak: 2, duplication: 9, startsAt: '2026-11-21T06:00:00.000Z' }),
    questTerms({ streak: 1, duplication: 3, startsAt: '2026-11-21T04:00:00.000Z', endsAt: '2026-11-21T12:00:00.000Z' }),
  ];
  beforeAll(async () => {
    stage = await openStage(carrier);
    catalog = await openSender('catalog', carrier);
    await catalog.send(...quests.map(defined));
    await quiet(catalog);
  });
  afterAll(async () => {
    await catalog.stop();
    await stage.stop();
    await carrier.close();
  });

  /** The same by heart: one look at each event, none at our code. */
  const expected = (hours: number[]) => {
    const due = (streak: number, duplication: number, from = 0, to = 24) =>
      Math.min(duplication, Math.floor(hours.filter((hour) => hour >= from && hour < to).length / streak));
    return [due(3, 2), due(2, 100), due(2, 9, 6), due(1, 3, 4, 12)];
  };

  test('the end is the same', async () => {
    await fc.assert(
      fc.asyncProperty(game, async ({ plays, deliveries, batch }) => {
        const players = [randomUUID(), randomUUID(), randomUUID()];
        const events: EventEnvelope[] = plays.map(({ player, hour, first }) => ({
          ...signIn(players[player]!, new Date(`2026-11-21T${String(hour).padStart(2, '0')}:00:00Z`)),
          type: first ? 'NewUserSignIn' : 'UserSignIn',
        }));
        const entries = deliveries.map((play, n) => ({
          id: `copy ${n}`,
          sealed: seal.close('auth', JSON.stringify(events[play])),
        }));
        for (let n = 0; n < entries.length; n += batch) await carrier.publish('auth:all', entries.slice(n, n + batch));
        await until(
          async () =>
            (await stage.count(`event where user_id = any($1) and source = 'auth'`, [players])) === plays.length,
          'every event to be stored',
        );
        for (const [player, userId] of players.entries()) {
          const hours = plays.filter((play) => play.player === player).map(({ hour }) => hour);
          const found = await stage.query<{ quest_id: string; n: number }>(
            'select quest_id, count(*)::int as n from completion where user_id = $1 group by 1',
            [userId],
          );
          const byQuest = new Map(found.map((row) => [row.quest_id, row.n]));
          expect(quests.map(({ questId }) => byQuest.get(questId) ?? 0)).toEqual(expected(hours));
          expect(await stage.query('select quantity from balance where user_id = $1', [userId])).toEqual(
            expected(hours)[1]! > 0 ? [{ quantity: String(10 * expected(hours)[1]!) }] : [],
          );
        }
      }),
      { numRuns: 40 },
    );
    expect(await stage.count('dead_letter')).toBe(0);
    for (const { statement } of invariants) expect(await stage.query(statement)).toEqual([]);
  });
});
