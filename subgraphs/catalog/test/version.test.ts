import type { Draft, Quest } from '../definition/definition.rules.ts';
import { objective, questWith, simple } from './quests.ts';
import { accepted, definitionOf, isSame, planVersion } from '../definition/version.rules.ts';

const at = (text: string) => new Date(text);
const now = at('2026-06-01T00:00:00Z');
const open = questWith({ name: 'summer', trigger: 'UserSignIn', category: 'season' });
const ending: Quest = { ...open, endsAt: at('2026-09-01T00:00:00Z') };
const objectives = questWith({
  ...accepted(planVersion(open, { objectives: [objective()] }, now).next),
} as Partial<Quest>);
const step = (target: number) => ({ target, rewards: [{ item: 'GOLD', quantity: target }] });
const stepped = questWith({
  ...accepted(planVersion(open, { steps: [step(2), step(5)] }, now).next),
} as Partial<Quest>);
const ended: Quest = { ...open, endsAt: now };

test.each<[string, Quest, Draft]>([
  [
    'terms may change',
    open,
    { title: 'Sun', streak: 1, duplication: 9, autoClaim: true, rewards: [{ item: 'GOLD', quantity: 1 }] },
  ],
  ['something else may count', open, { trigger: 'Purchase' }],
  ['objectives may take the place of the simple form', open, { objectives: [objective()] }],
  ['a trigger may take the place of objectives', objectives, { trigger: 'MatchWon', streak: 3 }],
  ['objectives may be taken back by name', objectives, { objectives: null, trigger: 'MatchWon', streak: 3 }],
  ['steps may take the place of rewards', open, { steps: [step(2), step(5)] }],
  ['steps may go further', stepped, { steps: [step(2), step(9)] }],
  ['rewards may take the place of steps', stepped, { steps: [], rewards: simple.rewards }],
  ['a streak may be of days from now on', open, { period: 'DAY', timeZone: 'Asia/Tokyo', graceHours: 3, freezes: 1 }],
  ['a fixed zone may become each player’s own', { ...open, period: 'DAY', timeZone: 'Asia/Tokyo' }, { timeZone: null }],
  ['a category may be removed', open, { category: null }],
  [
    'naming what never changes as it is does no harm',
    open,
    { name: 'summer', trigger: 'UserSignIn', startsAt: open.startsAt },
  ],
  ['an end may come later', ending, { endsAt: at('2026-10-01T00:00:00Z') }],
  ['an end may come sooner', ending, { endsAt: at('2026-06-01T00:00:00.001Z') }],
  ['an end that is repeated does not move', ended, { endsAt: now }],
  ['what has ended may still get another title', ended, { title: 'Last summer' }],
  ['no end may be repeated', open, { endsAt: null }],
])('%s', (_, quest, change) => {
  expect(planVersion(quest, change, now).faults).toEqual([]);
});

test.each<[string, Quest, Draft, string]>([
  ['a name', open, { name: 'winter' }, 'name never changes.'],
  ['a start', open, { startsAt: now }, 'startsAt never changes.'],
  [
    'an end that was not announced',
    open,
    { endsAt: at('2026-10-01T00:00:00Z') },
    'endsAt cannot be added: the quest was defined without an end.',
  ],
  ['an end that was announced', ending, { endsAt: null }, 'endsAt cannot be removed.'],
  ['an end that has come', ended, { endsAt: at('2026-10-01T00:00:00Z') }, 'endsAt cannot move: the quest has ended.'],
  ['an end into the past', ending, { endsAt: at('2026-05-01T00:00:00Z') }, 'endsAt cannot move into the past.'],
  [
    'a quest of days with a zone of its own into one of events that keeps it',
    { ...open, period: 'DAY', timeZone: 'Asia/Tokyo' },
    { period: 'EVENT' },
    'timeZone needs a period of DAY, WEEK or MONTH, an objective of PERIODS, or every.',
  ],
  [
    'the streak of a quest with objectives',
    objectives,
    { streak: 3 },
    'streak is of the simple form: a quest has either that or objectives.',
  ],
  [
    'rewards beside steps',
    stepped,
    { rewards: simple.rewards },
    'rewards must be absent: each of the steps pays its own.',
  ],
  [
    'a streak beside steps that end elsewhere',
    stepped,
    { streak: 4 },
    'streak must be the target of the last step, 5.',
  ],
  [
    'an archived quest',
    { ...open, archivedAt: now },
    { title: 'Sun' },
    'name belongs to an archived quest, which never changes.',
  ],
])('%s cannot be changed', (_, quest, change, fault) => {
  expect(planVersion(quest, change, now).faults).toEqual([fault]);
});

test('faults of the definition and of the change are told together', () => {
  expect(planVersion(open, { streak: 0, startsAt: now }, now).faults).toHaveLength(2);
});

test('a first version counts events, once, from now on, is shown and is claimed, unless it says otherwise', () => {
  const { next, faults } = planVersion(
    null,
    { name: 'new-quest', title: 'New', trigger: 'A', streak: 1, tags: null, rewards: simple.rewards },
    now,
  );
  expect(faults).toEqual([]);
  expect(next).toMatchObject({
    duplication: 1,
    period: 'EVENT',
    timeZone: null,
    graceHours: 0,
    freezes: 0,
    startsAt: now,
    endsAt: null,
    hidden: false,
    autoClaim: false,
    tags: [],
  });
});

test('a time zone is written as usual, so that other letters are no change', () => {
  const daily: Quest = { ...open, period: 'DAY', timeZone: 'Europe/Berlin' };
  const next = accepted(planVersion(daily, { timeZone: 'EUROPE/berlin' }, now).next);
  expect(isSame(definitionOf(daily), next)).toBe(true);
});

test('two definitions are the same when every term is, whatever ids their rewards have', () => {
  const renewed = { ...open, version: 9, rewards: open.rewards.map((reward) => ({ ...reward, id: 'another' })) };
  expect(isSame(definitionOf(open), definitionOf(renewed))).toBe(true);
  expect(isSame(definitionOf(open), definitionOf({ ...open, tags: ['new'] }))).toBe(false);
  expect(isSame(definitionOf(open), accepted(planVersion(open, {}, now).next))).toBe(true);
});
