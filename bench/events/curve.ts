import { setTimeout as sleep } from 'node:timers/promises';
import { type Database, rows } from '../../shared/database/database.ts';
import { type QuestTerms, objectiveOf } from '../../shared/questTerms.rules.ts';
import { measureAnswers } from './answers.ts';
import { benchQuest, count, publish, signInMany } from './load.ts';
import { measurePast } from './past.ts';

/** What the shapes of a studio cost: a busy player, many quests, veterans, conditions, and a past that is counted while events go on. */
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

const measures = {
  answers: measureAnswers,
  quests: measureQuests,
  veterans: measureVeterans,
  conditions: measureConditions,
  past: measurePast,
};

const shapes = Object.keys(measures) as (keyof typeof measures)[];

export async function measureCurve(tools: Tools, wanted: readonly string[] = shapes): Promise<Record<string, number>> {
  let measured = {};
  for (const shape of shapes) if (wanted.includes(shape)) measured = { ...measured, ...(await measures[shape](tools)) };
  return measured;
}

const ratio = (part: number, whole: number) => Math.round((part / whole) * 100) / 100;

/** Sign-ins of some users in turn, with these data beside what auth tells. */
export function signIns({ authDb }: Tools, users: readonly string[], dataOf: (n: number) => object = () => ({})) {
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

export async function defined(tools: Tools, quests: QuestTerms[]): Promise<void> {
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
