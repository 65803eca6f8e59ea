import { createHash } from 'node:crypto';
import fc from 'fast-check';
import type { EventEnvelope } from '../../shared/events.ts';
import type { QuestTerms } from '../../shared/questTerms.rules.ts';
import { checkQuest } from '../../subgraphs/catalog/definition/check.rules.ts';
import type { Draft } from '../../subgraphs/catalog/definition/definition.rules.ts';
import { ownPeriodFaults } from '../../subgraphs/catalog/definition/ownCompletions.rules.ts';
import { publicationOf } from '../../subgraphs/catalog/definition/publication.rules.ts';
import { termsOfQuest } from '../../subgraphs/catalog/definition/terms.rules.ts';
import { accepted, firstVersion } from '../../subgraphs/catalog/definition/version.rules.ts';
import { openGame } from '../../subgraphs/progress/test/game.ts';
import { mayBeEdited, openOracle } from './oracle.ts';

/**
 * Whatever can be published counts as the specification says: random definitions of every field that catalog accepts, and random events of one
 * player in random order and batches, once by the rules of progress and once by the oracle.
 */

const started = Date.parse('2026-06-01T00:00:00Z');
const hour = 3_600_000;
const idOf = (name: string) =>
  createHash('md5')
    .update(name)
    .digest('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');

const rewards = [{ name: 'Gold', item: 'GOLD', quantity: 1 }];
const oneOf = <T>(...values: T[]) => fc.constantFrom(...values);
const mostly = <T>(value: T, other: fc.Arbitrary<T>) => fc.oneof({ arbitrary: fc.constant(value), weight: 3 }, other);

const condition = fc.oneof(
  fc.record({
    path: oneOf('score', 'match.mode'),
    op: oneOf('EQ', 'NE', 'GT', 'GTE', 'LT', 'LTE'),
    value: oneOf<number | string>(2, 5, 'ranked'),
  }),
  fc.record({
    path: oneOf('score', 'match.mode'),
    op: fc.constant('IN'),
    value: oneOf<(number | string)[]>([1, 2, 'ranked'], ['casual']),
  }),
  fc.record({ path: oneOf('score', 'boss', 'none'), op: fc.constant('EXISTS'), value: fc.boolean() }),
);
const objective = fc
  .record({
    events: oneOf(['Won'], ['Won'], ['Lost'], ['Won', 'Lost'], ['QuestCompleted'], ['UserSignIn']),
    where: mostly<object[]>([], fc.array(condition as fc.Arbitrary<object>, { maxLength: 2 })),
    measure: oneOf('COUNT', 'SUM', 'MAX', 'DISTINCT', 'PERIODS'),
    of: oneOf(null, 'score', 'boss', 'questId'),
    target: fc.integer({ min: 1, max: 4 }),
    period: oneOf(null, 'DAY', 'WEEK', 'MONTH'),
    perPeriod: mostly(1, oneOf(2, 3)),
    consecutive: oneOf(null, true, false),
    graceHours: mostly(0, oneOf(1, 3, 8)),
    freezes: mostly(0, oneOf(1, 2)),
  })
  .map((one) => ({
    ...one,
    // Most of what contradicts itself is refused anyway, and would only take time.
    of: ['SUM', 'MAX'].includes(one.measure) ? 'score' : one.measure === 'DISTINCT' ? (one.of ?? 'boss') : null,
    ...(one.measure === 'PERIODS'
      ? { period: one.period ?? 'DAY' }
      : { period: null, perPeriod: 1, consecutive: null }),
    ...(one.measure === 'PERIODS' && one.consecutive !== false ? {} : { graceHours: 0, freezes: 0 }),
  }));
const steps = fc
  .uniqueArray(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 3 })
  .map((all) => all.sort((a, b) => a - b));
const draft = fc.record({
  objectives: fc.array(objective, { minLength: 1, maxLength: 3 }),
  completes: oneOf('ALL', 'ALL', 'ANY'),
  duplication: mostly(1, oneOf(2, 3, 100)),
  every: mostly(null, oneOf('DAY', 'WEEK', 'MONTH')),
  timeZone: mostly(null, oneOf('UTC', 'Pacific/Kiritimati')),
  cooldown: oneOf(null, null, null, 'PT1H', 'PT10H', 'P2D'),
  steps: mostly(null, steps),
  requires: mostly<number[]>([], fc.uniqueArray(fc.nat(2), { minLength: 1, maxLength: 2 })),
  startsIn: mostly(0, oneOf(-20, 2)),
  endsIn: mostly(null, oneOf(5, 9)),
  publishedAt: mostly(0, fc.nat(6)),
});

/** A quest, and before which batch it is published. */
interface Published {
  terms: QuestTerms;
  at: number;
}

/** Definitions that catalog accepts, as it tells the other subgraphs of them. */
const quests = fc.array(draft, { minLength: 1, maxLength: 5 }).map((drafts) => {
  const all: Published[] = [];
  for (const { objectives, steps, requires, startsIn, endsIn, publishedAt, ...rest } of drafts) {
    const name = `quest-${all.length}`;
    const earlier = [...new Set(requires.filter((n) => n < all.length))];
    const needed = earlier.map((n) => `quest-${n}`);
    // Its events lie where its start is, and a start in the past asks for a backfill: only what is counted from any event on can come later.
    const isLate = objectives.every(({ measure }) => measure === 'COUNT' || measure === 'SUM');
    const at = Math.max(isLate ? publishedAt : 0, ...earlier.map((n) => all[n]!.at));
    const withNames = objectives.map((one, n) => ({ ...one, name: `objective-${n}` }));
    const written: Draft = {
      ...rest,
      completes: steps || objectives.length === 1 ? 'ALL' : rest.completes,
      timeZone: rest.every || objectives.some(({ measure }) => measure === 'PERIODS') ? rest.timeZone : null,
      ...{ name, title: name, requires: needed, cooldown: isLate ? rest.cooldown : null },
      objectives: steps ? withNames.slice(0, 1).map((one) => ({ ...one, target: steps.at(-1)! })) : withNames,
      ...(steps ? { steps: steps.map((target) => ({ target, rewards })) } : { rewards }),
      startsAt: new Date(started + startsIn * 24 * hour),
      ...(endsIn !== null && { endsAt: new Date(started + endsIn * 24 * hour) }),
    };
    const version = firstVersion(written, new Date(started));
    if (checkQuest(version).length > 0 || ownPeriodFaults(accepted(version), null).length > 0) continue;
    const paid = <R extends object>(list: readonly R[]) => list.map((one) => ({ id: idOf(name), ...one }));
    const definition = accepted(version);
    const quest = {
      ...definition,
      ...{ id: idOf(name), version: 1, rewards: paid(definition.rewards), createdAt: new Date(), archivedAt: null },
      ...{ onArchive: null, steps: definition.steps.map((step) => ({ ...step, rewards: paid(step.rewards) })) },
    };
    const terms = termsOfQuest(quest as unknown as Parameters<typeof termsOfQuest>[0], publicationOf({}), idOf);
    if (isLate || at === 0) all.push({ terms, at });
  }
  return all;
});

const deed = fc.record({
  type: oneOf('Won', 'Won', 'Won', 'Lost', 'UserSignIn', 'NewUserSignIn'),
  hours: fc.integer({ min: -30, max: 300 }),
  data: fc.record(
    {
      score: oneOf<unknown>(1, 2, 3, 5, 8, '5', 1.5, -1, null),
      boss: oneOf<unknown>('a', 'b', 'c', 'd', 1, '1', true, null),
      match: oneOf<unknown>({ mode: 'ranked' }, { mode: 'casual' }, { mode: 5 }, 'ranked', ['ranked']),
    },
    { requiredKeys: [] },
  ),
});
/** Pauses of all quests or of one, and before which batch an operator says so. */
const pause = fc.record({
  at: fc.nat(8),
  quest: mostly<number | null>(null, fc.nat(4)),
  hours: fc.integer({ min: -30, max: 300 }),
  length: mostly(24, oneOf(1, 72)),
});
/** The next version of a quest, and before which batch it is published. */
const edit = fc.record({
  at: fc.integer({ min: 1, max: 8 }),
  quest: fc.nat(4),
  targets: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 3, maxLength: 3 }),
  duplication: oneOf(1, 2, 3, 100),
  inFlight: oneOf<QuestTerms['inFlight']>('KEEP', 'MOVE'),
});
const plays = fc.record({
  edits: mostly<(typeof edit extends fc.Arbitrary<infer E> ? E : never)[]>([], fc.array(edit, { maxLength: 4 })),
  pauses: mostly<(typeof pause extends fc.Arbitrary<infer P> ? P : never)[]>([], fc.array(pause, { maxLength: 3 })),
  deeds: fc.array(deed, { minLength: 1, maxLength: 60, size: 'max' }),
  batch: fc.integer({ min: 1, max: 9 }),
  inOrder: fc.boolean(),
});

const linesOf = (game: ReturnType<typeof openGame>, events: EventEnvelope[]) =>
  game
    .play(...events)
    .map(
      ({ version, number, step, completedAt }) =>
        `${version.terms.questId} ${version.number} ${number} ${step} ${completedAt}`,
    );

test('whatever can be published counts as the specification says, in any order and any batches', () => {
  const property = fc.property(quests, plays, (published, { deeds, batch, inOrder, pauses, edits }) => {
    const events = deeds.map(({ type, hours, data }, n): EventEnvelope => ({
      ...{ id: `event ${String(n).padStart(3, '0')}`, source: 'game', type, version: 1, userId: 'player', data },
      occurredAt: new Date(started + hours * hour).toISOString(),
    }));
    if (inOrder) events.sort((one, other) => (one.occurredAt < other.occurredAt ? -1 : 1));
    const [game, oracle] = [openGame(), openOracle()];
    const latest = new Map(published.map(({ terms }) => [terms.questId, terms]));
    for (let n = 0; n < events.length; n += batch) {
      const news = published.filter(({ at }) => at === n / batch).map(({ terms }) => terms);
      if (news.length > 0) for (const one of [game, oracle]) one.publish(...news);
      const next = published.filter(({ terms, at }) => at < n / batch && mayBeEdited(terms));
      for (const { quest, targets, duplication, inFlight } of edits.filter(({ at }) => at === n / batch)) {
        const before = latest.get(next[quest % Math.max(1, next.length)]?.terms.questId ?? '');
        if (!before) continue;
        const objectives = before.objectives.map((one, place) => ({ ...one, target: targets[place]! }));
        const terms = { ...before, version: before.version + 1, objectives, duplication, inFlight };
        latest.set(terms.questId, terms);
        game.publish(terms);
        oracle.edit(terms);
      }
      for (const { quest, hours, length } of pauses.filter(({ at }) => at === n / batch)) {
        const questId = quest === null ? null : published[quest % Math.max(1, published.length)]?.terms.questId;
        if (questId === undefined) continue;
        const from = started + hours * hour;
        for (const one of [game, oracle]) one.pause({ questId, from, until: from + length * hour });
      }
      const some = events.slice(n, n + batch);
      const expected = oracle.play(...some);
      expect(linesOf(game, some).sort()).toEqual(expected.sort());
    }
  });
  fc.assert(property, { numRuns: Number(process.env['DEFINITIONS'] ?? 300) });
});
