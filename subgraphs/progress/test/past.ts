import { randomUUID } from 'node:crypto';
import { wallClock } from '../../../shared/clock.ts';
import type { EventEnvelope } from '../../../shared/events.ts';
import type { QuestTerms } from '../../../shared/questTerms.rules.ts';
import { until } from '../../../shared/testing/harness.ts';
import { tokenFor } from '../../../shared/testing/tokens.ts';
import { eventApplier } from '../apply.ts';
import { definitionReader } from '../definitions/definitionStore.ts';
import { invariants } from '../operations/invariants.ts';
import { signIn, stageForTests } from './stage.ts';
import { questTerms } from './terms.ts';

export const operator = tokenFor({ id: randomUUID(), roles: ['OPERATOR'] });
export const startsAt = '2026-06-01T00:00:00.000Z';
const start = Date.parse(startsAt);
let types = 0;
/** A type of event that no other test has. */
export const newType = () => `Past${++types}`;

export interface Job {
  id: string;
  state: string;
  players: number;
  events: number;
  completions: number;
  payout: { item: string; quantity: number }[];
  firstPlayers: { id: string }[];
  error: string | null;
}

/** A stage before a file's tests whose events lie in the past of quests, and what the tests of backfills do on it. */
export function pastForTests() {
  const stage = stageForTests();
  const apply = (...events: EventEnvelope[]) =>
    stage.database.transaction((transaction) =>
      eventApplier({ readDefinitions: definitionReader(), notify: () => {}, clock: wallClock })(transaction, events),
    );
  const at = (hours: number, userId: string, type: string, data: unknown = null) => ({
    ...signIn(userId, new Date(start + hours * 3_600_000)),
    type,
    source: 'service:game',
    data,
  });
  const quest = (type: string, changes: Partial<QuestTerms> = {}) =>
    questTerms({ trigger: type, streak: 2, duplication: 100, backfill: 'NOTIFY', startsAt, ...changes });
  const numbersOf = async ({ questId }: QuestTerms, userId: string) =>
    (
      await stage.query<{ number: number }>(
        'select number from completion where quest_id = $1 and user_id = $2 order by 1',
        [questId, userId],
      )
    ).map(({ number }) => number);

  const fields =
    'id state players events completions payout { item quantity } firstPlayers { id } error mode quest { id }';
  const jobsOf = async ({ questId }: QuestTerms): Promise<Job[]> => {
    const { data } = await stage.ask(`{ backfills(first: 100) { nodes { ${fields} } } }`, {}, operator);
    return data.backfills.nodes.filter((job: { quest: { id: string } }) => job.quest.id === questId);
  };
  const ended = (terms: QuestTerms): Promise<Job> =>
    until(async () => {
      const [job] = await jobsOf(terms);
      return job && job.state !== 'RUNNING' && job;
    }, 'the backfill to end');
  const contradicted = async () => {
    const found: string[] = [];
    for (const { name, statement } of invariants)
      // The events of these tests came by no inbox.
      if (!name.startsWith('I8') && (await stage.query(statement)).length > 0) found.push(name);
    return found;
  };
  afterEach(async () => expect(await contradicted()).toEqual([]));
  return { stage, apply, at, quest, numbersOf, jobsOf, ended, contradicted };
}
