import { setTimeout as sleep } from 'node:timers/promises';
import { type Database, rows } from '../../shared/database.ts';
import { type QuestTerms, objectiveOf } from '../../shared/questTerms.rules.ts';
import { benchQuest, count, publish, signInMany } from './load.ts';

/** What the shapes of a studio cost: many quests, veterans, conditions, and a past that is counted while events go on. */
export interface Tools {
  authDb: Database;
  catalogDb: Database;
  progressDb: Database;
  users: readonly string[];
  say(text: string): void;
  /** Events per second over some seconds of these sign-ins. */
  rateOf(until: number | Promise<unknown>, signIn: () => Promise<number>, atMost?: number): Promise<number>;
  /** Sign-ins that are no measurement; counted in the end like all. */
  play(signIn: () => Promise<number>): Promise<void>;
  /** Resolves when nothing is on its way. */
  drained(): Promise<void>;
  /** Asks progress as an operator; resolves to the answer. */
  ask<Data>(query: string, variables: object): Promise<Data>;
}

const seconds = 8;
const perTransaction = 100;

export async function measureCurve(tools: Tools): Promise<Record<string, number>> {
  return {
    ...(await measureQuests(tools)),
    ...(await measureVeterans(tools)),
    ...(await measureConditions(tools)),
    ...(await measurePast(tools)),
  };
}

const ratio = (part: number, whole: number) => Math.round((part / whole) * 100) / 100;

/** Sign-ins of some users in turn, with these data beside what auth tells. */
function signIns({ authDb }: Tools, users: readonly string[], dataOf: (n: number) => object = () => ({})) {
  let sent = 0;
  return async () => {
    const chosen = Array.from({ length: perTransaction }, (_, n) => users[(sent + n) % users.length]!);
    await signInMany(authDb, chosen, dataOf);
    sent += chosen.length;
    return chosen.length;
  };
}

async function known({ progressDb }: Tools, quests: readonly QuestTerms[]): Promise<void> {
  const last = quests.at(-1)!.questId;
  while ((await count(progressDb, `quest where quest_id = '${last}'`)) === 0) await sleep(50);
}

async function defined(tools: Tools, quests: QuestTerms[]): Promise<void> {
  await publish(tools.catalogDb, quests);
  await known(tools, quests);
}

/** Each player is looked at once after a publication, which is not what goes on. */
async function steady(tools: Tools, users: readonly string[], signIn: () => Promise<number>): Promise<number> {
  for (let n = 0; n < users.length; n += perTransaction) await tools.play(signIn);
  await tools.drained();
  return tools.rateOf(seconds, signIn);
}

async function measureQuests(tools: Tools) {
  const users = tools.users.slice(0, 5000);
  const signIn = signIns(tools, users);
  const one = await steady(tools, users, signIn);
  const startsAt = new Date().toISOString();
  await defined(
    tools,
    Array.from({ length: 999 }, (_, n) => benchQuest({ streak: 1000 + n, startsAt })),
  );
  const thousand = await steady(tools, users, signIn);
  tools.say(`1,000 active quests  ${thousand} events/s, with one ${one}`);
  return { quests1000Ratio: ratio(thousand, one) };
}

const conditioned = (path: string, value: string | number, changes: Partial<QuestTerms>): QuestTerms => {
  const quest = benchQuest(changes);
  return { ...quest, objectives: [{ ...objectiveOf(quest), where: [{ path, op: 'EQ', value }] }] };
};

async function measureVeterans(tools: Tools) {
  const [veterans, beginners] = [tools.users.slice(0, 500), tools.users.slice(500, 1000)];
  const quests = Array.from({ length: 1000 }, () => conditioned('group', 'veterans', { streak: 1, duplication: 1 }));
  await defined(tools, [...quests, conditioned('group', 'beginners', { streak: 1, duplication: 1 })]);
  // As a thousand completions each leave them.
  await rows(
    tools.progressDb.fork(),
    `insert into enrolment (user_id, quest_id, bucket, version, base, attempts_at_base, completions_at_base, completions)
     select user_id, quest_id, 0, 1, '[null]', 0, 0, 1 from unnest($1::uuid[]) user_id cross join unnest($2::uuid[]) quest_id`,
    [veterans, quests.map(({ questId }) => questId)],
  );
  await rows(
    tools.progressDb.fork(),
    `insert into completion (id, user_id, quest_id, number, quest_version, completed_at)
     select gen_random_uuid(), user_id, quest_id, 1, 1, now() from unnest($1::uuid[]) user_id cross join unnest($2::uuid[]) quest_id`,
    [veterans, quests.map(({ questId }) => questId)],
  );
  const beginning = signIns(tools, beginners, () => ({ group: 'beginners' }));
  const few = await steady(tools, beginners, beginning);
  const playing = signIns(tools, veterans, () => ({ group: 'veterans' }));
  const many = await steady(tools, veterans, playing);
  tools.say(`1,000 completed each ${many} events/s, with one ${few}`);
  return { veterans1000Ratio: ratio(many, few) };
}

async function measureConditions(tools: Tools) {
  const users = tools.users.slice(1000, 3000);
  await defined(tools, [conditioned('one', 1, { streak: 1000 })]);
  const one = await steady(
    tools,
    users,
    signIns(tools, users, () => ({ one: 1 })),
  );
  await defined(
    tools,
    Array.from({ length: 1000 }, (_, n) => conditioned('n', n, { streak: 1000 })),
  );
  let event = 0;
  const thousand = await steady(
    tools,
    users,
    signIns(tools, users, () => ({ n: (event++ * 7) % 1000 })),
  );
  tools.say(`1,000 conditions     ${thousand} events/s, with one ${one}`);
  return { conditions1000Ratio: ratio(thousand, one) };
}

/** A million events of a hundred thousand players, counted for a quest that is published while others sign in. */
async function measurePast(tools: Tools) {
  const { progressDb, say } = tools;
  const em = progressDb.fork();
  await rows(em, `insert into player (user_id) select gen_random_uuid() from generate_series(1, 100000)`);
  await rows(
    em,
    `insert into event (source, id, user_id, type, occurred_at, data)
     select 'game', 'past ' || n || ' ' || user_id, user_id, 'MatchWon', now() - interval '20 days' + n * interval '1 day', '{}'
     from (select user_id from player order by random() limit 100000) p cross join generate_series(1, 10) n`,
  );
  await rows(em, 'analyze event');
  const startsAt = new Date(Date.now() - 30 * 24 * 3_600_000).toISOString();
  const past = benchQuest({ trigger: 'MatchWon', streak: 6, duplication: 1, startsAt, backfill: 'SILENT' });
  const held = watchLock(progressDb);
  await defined(tools, [past]);
  const ending = ended(tools, past.questId);
  const live = tools.rateOf(ending, signIns(tools, tools.users), 2000);
  const job = await ending;
  const publishHeldMs = await held.stop();
  const rate = await live;
  const tookMs = Date.parse(job.updatedAt) - Date.parse(job.createdAt);
  const backfillPerSecond = Math.round((job.events / tookMs) * 1000);
  say(`publishing           held batches up for ${publishHeldMs} ms at most, beside ${rate} live events/s`);
  say(
    `backfill             ${backfillPerSecond} events/s: ${job.events} events, ${job.completions} completions, ${job.state}`,
  );
  await tools.ask('mutation ($id: ID!) { previewBackfill(questId: $id) { id } }', { id: past.questId });
  const preview = await ended(tools, past.questId);
  const dryRunSecondsPerMillion =
    Math.round(((Date.parse(preview.updatedAt) - Date.parse(preview.createdAt)) / preview.events) * 10_000) / 10;
  say(`dry run              ${dryRunSecondsPerMillion} s for a million events`);
  return { publishHeldMs, backfillPerSecond, dryRunSecondsPerMillion, ...(await measureExplain(tools)) };
}

interface Job {
  state: string;
  events: number;
  completions: number;
  createdAt: string;
  updatedAt: string;
}

async function ended({ ask }: Tools, questId: string): Promise<Job> {
  const query = '{ backfills(first: 100) { nodes { state events completions createdAt updatedAt quest { id } } } }';
  for (;;) {
    const { backfills } = await ask<{ backfills: { nodes: (Job & { quest: { id: string } })[] } }>(query, {});
    const job = backfills.nodes.find(({ quest }) => quest.id === questId);
    if (job && job.state !== 'RUNNING') return job;
    await sleep(200);
  }
}

/** How long whoever has to keep the definitions waits for it, at the worst. */
function watchLock(progressDb: Database) {
  let [longest, running] = [0, true];
  const watching = (async () => {
    while (running) {
      const began = performance.now();
      await progressDb.transaction((transaction) => rows(transaction, 'select pg_advisory_xact_lock_shared(4711004)'));
      longest = Math.max(longest, performance.now() - began);
      await sleep(5);
    }
  })();
  return {
    async stop() {
      running = false;
      await watching;
      return Math.round(longest);
    },
  };
}

async function measureExplain(tools: Tools) {
  const { progressDb, ask, say } = tools;
  const userId = tools.users.at(-1)!;
  const em = progressDb.fork();
  await rows(
    em,
    `insert into event (source, id, user_id, type, occurred_at, data)
     select 'game', 'many ' || n, $1, 'UserSignIn', now() - n * interval '10 seconds', '{}' from generate_series(1, 100000) n`,
    [userId],
  );
  const [quest] = await rows<{ quest_id: string }>(em, 'select quest_id from quest order by position limit 1');
  const query =
    'query ($userId: ID!, $questId: ID!) { explain(userId: $userId, questId: $questId) { counted due events { counted code } } }';
  const took: number[] = [];
  for (let n = 0; n < 200; n++) {
    const began = performance.now();
    await ask(query, { userId, questId: quest!.quest_id });
    took.push(performance.now() - began);
  }
  took.sort((one, other) => one - other);
  const explainP95Ms = Math.round(took[Math.floor(took.length * 0.95)]! * 10) / 10;
  say(`explain              p95 ${explainP95Ms} ms with 100,000 events of the player`);
  return { explainP95Ms };
}
