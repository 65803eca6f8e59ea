import { checkQuest } from '../definition/check.rules.ts';
import type { Draft } from '../definition/definition.rules.ts';
import { fields } from '../definition/fields.rules.ts';
import { rewardName } from '../definition/reward.rules.ts';
import { isText } from '../definition/values.rules.ts';
import { firstVersion } from '../definition/version.rules.ts';
import { simple } from './quests.ts';

const at = (text: string) => new Date(text);
const valid: Draft = firstVersion(simple, at('2026-01-01T00:00:00Z'));
const rewards = (count: number) => Array.from({ length: count }, (_, n) => ({ item: `ITEM_${n}`, quantity: 1 }));

test.each<[string, Draft]>([
  ['the canonical quest', {}],
  ['the shortest name', { name: 'a-b' }],
  ['the longest name', { name: 'a'.repeat(64) }],
  ['a title of 120 characters, however many units they take', { title: '💎'.repeat(120) }],
  ['a description of several lines', { description: 'One\n\ttwo' }],
  [
    'the largest numbers',
    { streak: 1_000_000, duplication: 1_000_000, rewards: [{ item: 'GOLD', quantity: 2 ** 53 - 1 }] },
  ],
  ['a streak of days', { period: 'DAY' }],
  ['a streak of weeks in a fixed zone', { period: 'WEEK', timeZone: 'Asia/Kolkata' }],
  ['a zone in other letters', { period: 'DAY', timeZone: 'europe/berlin' }],
  ['the most of everything by months', { period: 'MONTH', streak: 1_000_000, graceHours: 23, freezes: 1000 }],
  ['20 rewards', { rewards: rewards(20) }],
  ['20 tags', { tags: rewards(20).map(({ item }) => item) }],
  ['an end one millisecond after the start', { endsAt: at('2026-01-01T00:00:00.001Z') }],
])('%s has no fault', (_, draft) => {
  expect(checkQuest({ ...valid, ...draft })).toEqual([]);
});

test.each<[string, Draft]>([
  ['name', { name: 'ab' }],
  ['name', { name: 'a'.repeat(65) }],
  ['name', { name: '-quest' }],
  ['name', { name: 'quest-' }],
  ['name', { name: 'Quest' }],
  ['name', { name: 'quest\n' }],
  ['name', { name: 5 }],
  ['name', { name: undefined }],
  ['title', { title: '' }],
  ['title', { title: '   ' }],
  ['title', { title: '\u200b\u200d\ufeff\u2060' }],
  ['title', { title: '\u3164\u2800\u00a0' }],
  ['tags', { tags: ['\u200b'] }],
  ['title', { title: 'a'.repeat(121) }],
  ['title', { title: 'a\0' }],
  ['title', { title: 'a\u001b[2J' }],
  ['title', { title: '\ud800' }],
  ['title', { title: '\u200b\u2060\u3164' }],
  ['tags', { tags: ['\u200d'] }],
  ['category', { category: '\u2800' }],
  ['description', { description: 'a'.repeat(2001) }],
  ['description', { description: null }],
  ['trigger', { trigger: 'userSignIn' }],
  ['trigger', { trigger: 'User-SignIn' }],
  ['trigger', { trigger: `U${'a'.repeat(64)}` }],
  ['streak', { streak: 0 }],
  ['streak', { streak: -1 }],
  ['streak', { streak: 1.5 }],
  ['streak', { streak: 1_000_001 }],
  ['streak', { streak: '3' }],
  ['streak', { streak: NaN }],
  ['duplication', { duplication: 0 }],
  ['duplication', { duplication: 1_000_001 }],
  ['period', { period: 'YEAR' }],
  ['period', { period: 'day' }],
  ['period', { period: null }],
  ['timeZone', { period: 'DAY', timeZone: '' }],
  ['timeZone', { period: 'DAY', timeZone: 'Mars/Olympus' }],
  ['timeZone', { period: 'DAY', timeZone: '+02:00' }],
  ['timeZone', { period: 'DAY', timeZone: 2 }],
  ['timeZone', { timeZone: 'Mars/Olympus' }],
  ['timeZone', { timeZone: 'Europe/Berlin' }],
  ['graceHours', { period: 'DAY', graceHours: 24 }],
  ['graceHours', { period: 'DAY', graceHours: -1 }],
  ['graceHours', { period: 'DAY', graceHours: 1.5 }],
  ['graceHours', { graceHours: 24 }],
  ['graceHours', { graceHours: 1 }],
  ['freezes', { period: 'WEEK', freezes: 1001 }],
  ['freezes', { period: 'WEEK', freezes: -1 }],
  ['freezes', { period: 'WEEK', freezes: '1' }],
  ['freezes', { freezes: 1 }],
  ['autoClaim', { autoClaim: 'yes' }],
  ['rewards', { rewards: [] }],
  ['rewards', { rewards: rewards(21) }],
  ['rewards', { rewards: { item: 'GOLD', quantity: 1 } }],
  ['rewards[0].item', { rewards: [{ item: 'gold', quantity: 1 }] }],
  ['rewards[0].item', { rewards: [{ item: `A${'_'.repeat(64)}`, quantity: 1 }] }],
  ['rewards[1].item', { rewards: [...rewards(1), ...rewards(1)] }],
  ['rewards[0].quantity', { rewards: [{ item: 'GOLD', quantity: -5 }] }],
  ['rewards[0].quantity', { rewards: [{ item: 'GOLD', quantity: 2 ** 53 }] }],
  ['rewards[0].price', { rewards: [{ item: 'GOLD', quantity: 1, price: 5 }] }],
  ['rewards[0].name', { rewards: [{ item: 'GOLD', quantity: 1, name: '' }] }],
  ['category', { category: '' }],
  ['category', { category: 'a'.repeat(33) }],
  ['tags', { tags: rewards(21).map(({ item }) => item) }],
  ['tags', { tags: ['one', 'one'] }],
  ['tags', { tags: ['a'.repeat(33)] }],
  ['tags', { tags: [''] }],
  ['startsAt', { startsAt: '2026-01-01' }],
  ['startsAt', { startsAt: at('never') }],
  ['startsAt', { startsAt: at('1999-12-31T23:59:59Z') }],
  ['endsAt', { endsAt: at('2026-01-01T00:00:00Z') }],
  ['endsAt', { endsAt: at('2025-01-01T00:00:00Z') }],
  ['endsAt', { endsAt: 'soon' }],
  ['hidden', { hidden: 1 }],
])('%s is the one field at fault in %j', (field, draft) => {
  const faults = checkQuest({ ...valid, ...draft });
  expect(faults.map((fault) => fault.split(' ')[0])).toEqual([field]);
  expect(faults[0]).toMatch(/ .*\.$/);
});

test('events have no calendar, which is told in words', () => {
  expect(checkQuest({ ...valid, timeZone: 'Europe/Berlin', graceHours: 3, freezes: 1 })).toEqual([
    'graceHours needs a period of DAY, WEEK or MONTH.',
    'freezes needs a period of DAY, WEEK or MONTH.',
    'timeZone needs a period of DAY, WEEK or MONTH, an objective of PERIODS, or every.',
  ]);
});

test('a draft of nothing is told every field that it lacks, and one by one what has no default', () => {
  const told = (draft: Draft) => checkQuest(draft).map((fault) => fault.split(' ')[0]);
  // Whoever calls fills in defaults first.
  expect(told({})).toEqual(fields);
  expect(told(firstVersion({}, at('2026-01-01T00:00:00Z')))).toEqual(['name', 'title', 'trigger', 'streak', 'rewards']);
});

test('a reward that is no reward is told as a whole', () => {
  expect(checkQuest({ ...valid, rewards: [null] })).toEqual(['rewards[0] must be a reward.']);
});

test.each([
  ['DIAMOND', 10, '10 diamonds'],
  ['DIAMOND', 1, '1 diamond'],
  ['GOLD', 50, '50 gold'],
  ['GOLDEN_KEY', 2, '2 golden key'],
])('%s times %i reads "%s"', (item, quantity, name) => {
  expect(rewardName(item, quantity)).toBe(name);
});

test('characters are counted as people count them, not as JavaScript does', () => {
  expect([isText('💎💎', 1, 2), isText('💎💎💎', 1, 2)]).toEqual([true, false]);
});
