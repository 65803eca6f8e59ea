import { randomUUID } from 'node:crypto';
import { wallClock } from '../../../shared/clock.ts';
import type { EventEnvelope } from '../../../shared/events.ts';
import type { QuestTerms } from '../../../shared/questTerms.rules.ts';
import { until } from '../../../shared/testing/harness.ts';
import { eventApplier } from '../apply.ts';
import { definitionReader } from '../definitions/definitionStore.ts';
import { invariants } from '../operations/invariants.ts';
import { defined, signIn, stageForTests } from './stage.ts';
import { objective, questOf, questTerms, revised } from './terms.ts';

const stage = stageForTests();
const startsAt = '2026-06-01T00:00:00.000Z';
const start = Date.parse(startsAt);
/** Each lane is what one process of progress does. */
const lanes = Array.from({ length: 4 }, () =>
  eventApplier({ readDefinitions: definitionReader(), notify: () => {}, clock: wallClock }),
);
const applyBy = (lane: number, events: EventEnvelope[]) =>
  stage.database.transaction((transaction) => lanes[lane]!(transaction, events));

test('quests that are published while thousands of events come lose none of them and count none twice', async () => {
  const players = Array.from({ length: 40 }, () => randomUUID());
  const perPlayer = 100;
  const events = Array.from({ length: players.length * perPlayer }, (_, n) => ({
    ...signIn(players[n % players.length]!, new Date(start + n * 60_000)),
    ...{ source: 'service:game', type: 'MatchWon', data: { score: 1 + (n % 7), map: n % 11 } },
  }));
  const past = { startsAt, backfill: 'SILENT' } as const;
  const published: QuestTerms[] = [
    questTerms({ trigger: 'MatchWon', streak: 7, duplication: 1000, ...past }),
    questOf([objective('score', 'MatchWon', { measure: 'SUM', of: 'score', target: 50 })], {
      duplication: 1000,
      ...past,
    }),
    questOf([objective('maps', 'MatchWon', { measure: 'DISTINCT', of: 'map', target: 5 })], {
      duplication: 2,
      ...past,
    }),
    questOf([objective('best', 'MatchWon', { measure: 'MAX', of: 'score', target: 7 })], past),
    questTerms({ trigger: 'MatchWon', streak: 100, duplication: 1, ...past }),
  ];
  // The first is changed three times while it counts, and the last version counts the past again.
  const [first] = published as [QuestTerms];
  const edits = [1, 2, 3].reduce<QuestTerms[]>((all) => [...all, revised(all.at(-1) ?? first, { streak: 7 })], []);
  const news = [...published, ...edits];

  let sent = 0;
  const streaming = lanes.map(async (_, lane) => {
    while (sent < events.length) {
      const batch = events.slice(sent, (sent += 20));
      await applyBy(lane, batch);
    }
  });
  for (const [n, terms] of news.entries()) {
    await until(() => sent >= ((n + 1) * events.length) / (news.length + 2), 'some of the events to come');
    await applyBy(n % lanes.length, [defined(terms)]);
  }
  await Promise.all(streaming);
  await until(
    async () => (await stage.count("backfill where state in ('RUNNING', 'PAUSED')")) === 0,
    'the past to be counted',
  );
  // What a backfill has left due is made with the next event.
  await applyBy(
    0,
    players.map((userId) => ({
      ...events[0]!,
      id: randomUUID(),
      userId,
      occurredAt: new Date(start + 5e8).toISOString(),
    })),
  );

  const own = (userId: string) => [...events.filter((one) => one.userId === userId), events[0]!];
  const scores = (userId: string) => own(userId).reduce((sum, { data }) => sum + data.score, 0);
  const worth = (userId: string) => [Math.floor((perPlayer + 1) / 7), Math.floor(scores(userId) / 50), 2, 1, 1];
  expect(await stage.count("event where type = 'MatchWon'")).toBe(events.length + players.length);
  for (const userId of players) {
    const found = await stage.query<{ quest_id: string; n: number }>(
      'select quest_id, count(*)::int as n from completion where user_id = $1 group by 1',
      [userId],
    );
    const counts = published.map(({ questId }) => found.find((one) => one.quest_id === questId)?.n ?? 0);
    expect(counts).toEqual(worth(userId));
  }
  for (const { name, statement } of invariants)
    // These events came by no inbox.
    if (!name.startsWith('I8')) expect([name, await stage.query(statement)]).toEqual([name, []]);
});
