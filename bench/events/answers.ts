import { type QuestTerms, type ObjectiveTerms, objectiveOf } from '../../shared/questTerms.rules.ts';
import { rows } from '../../shared/database/database.ts';
import { type Tools, defined } from './curve.ts';
import { benchQuest } from './load.ts';
import { ended } from './past.ts';

/** How soon a player who has had a hundred thousand events is told how it stands, and an operator why. */
export async function measureAnswers(tools: Tools): Promise<Record<string, number>> {
  const { progressDb, ask, say } = tools;
  const userId = tools.users.at(-1)!;
  const em = progressDb.fork();
  await rows(em, 'insert into player (user_id) values ($1) on conflict do nothing', [userId]);
  await rows(
    em,
    `insert into event (source, id, user_id, type, occurred_at, data)
     select 'game', 'many ' || n, $1, (array['MatchLost', 'MatchDrawn', 'BossKilled', 'ChestOpened'])[1 + n % 4], now() - n * interval '20 seconds',
       jsonb_build_object('score', n % 1000, 'boss', 'boss ' || n % 50) from generate_series(1, 100000) n`,
    [userId],
  );
  const shapes = shapesOf(new Date(Date.now() - 29 * 24 * 3_600_000).toISOString());
  await defined(tools, shapes);
  for (const { questId } of shapes) await ended(tools, questId);

  const list = `query ($r: [_Any!]!) { _entities(representations: $r) { ... on User { quests { streak completions remaining quest { id }
    objectives { name value target } } } } }`;
  const listOfBusyP95Ms = await p95(200, () => ask(list, { r: [{ __typename: 'User', id: userId }] }));
  const explain =
    'query ($userId: ID!, $questId: ID!) { explain(userId: $userId, questId: $questId) { counted due events { counted code } } }';
  const each: number[] = [];
  for (const { questId } of shapes) each.push(await p95(100, () => ask(explain, { userId, questId })));
  const explainP95Ms = Math.max(...each);
  say(`a busy player        list p95 ${listOfBusyP95Ms} ms; explain p95 ${each.join(', ')} ms, by shape of the quest`);
  return { explainP95Ms, listOfBusyP95Ms };
}

/** One quest of each kind, all of them of the past too. */
function shapesOf(startsAt: string): QuestTerms[] {
  const shape = (objective: Partial<ObjectiveTerms>, changes: Partial<QuestTerms> = {}): QuestTerms => {
    const quest = benchQuest({ trigger: 'MatchLost', streak: 10, duplication: 1, startsAt, backfill: 'SILENT' });
    return { ...quest, objectives: [{ ...objectiveOf(quest), ...objective }], ...changes };
  };
  const days = { measure: 'PERIODS', period: 'DAY', target: 1000 } as const;
  return [
    shape({}),
    shape({ events: ['MatchLost', 'MatchDrawn', 'BossKilled', 'ChestOpened'], target: 1_000_000 }),
    shape({ events: Array.from({ length: 10 }, (_, n) => `Never${n}`) }),
    shape({ where: [{ path: 'score', op: 'GTE', value: 999 }], target: 1_000_000 }),
    shape({ measure: 'SUM', of: 'score', target: 1_000_000_000 }),
    shape({ measure: 'DISTINCT', of: 'boss', target: 60 }),
    shape(days),
    shape({ ...days, consecutive: true }),
    shape({ target: 100_000 }, { every: 'DAY' }),
  ];
}

/** The 95th percentile in milliseconds of so many calls, one after the other. */
async function p95(times: number, call: () => Promise<unknown>): Promise<number> {
  const took: number[] = [];
  for (let n = 0; n < times; n++) {
    const began = performance.now();
    await call();
    took.push(performance.now() - began);
  }
  took.sort((one, other) => one - other);
  return Math.round(took[Math.floor(took.length * 0.95)]! * 10) / 10;
}
