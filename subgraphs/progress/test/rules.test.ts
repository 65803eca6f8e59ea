import { claim, statusOf } from '../completions/claim.rules.ts';
import { isBalanced, paymentLines, thatFit } from '../wallet/ledger.rules.ts';
import { type Recorded, faultsOf } from '../events/record.rules.ts';

describe('a payment', () => {
  const rewards = [
    { id: 'a', item: 'DIAMOND', quantity: 10 },
    { id: 'b', item: 'GOLD', quantity: 5 },
  ];
  test('sums to zero for each item', () => expect(isBalanced(paymentLines(rewards))).toBe(true));
  test('gives the player what the quest promises', () =>
    expect(
      paymentLines(rewards)
        .filter((line) => line.account === 'PLAYER')
        .map((line) => [line.item, line.amount]),
    ).toEqual([
      ['DIAMOND', 10],
      ['GOLD', 5],
    ]));
  test('that misses a line is not balanced', () => expect(isBalanced(paymentLines(rewards).slice(1))).toBe(false));
});

describe('what a wallet holds', () => {
  const most = 2 ** 53 - 1;
  const pays = (...rewards: [item: string, quantity: number][]) => ({
    rewards: rewards.map(([item, quantity]) => ({ item, quantity })),
  });
  test.each([
    ['all that fits', [], [pays(['GOLD', most]), pays(['DIAMOND', 1])], [0, 1]],
    ['exactly as much as fits', [['GOLD', most - 1]], [pays(['GOLD', 1]), pays(['GOLD', 1])], [0]],
    ['a smaller one after one that does not fit', [['GOLD', most - 5]], [pays(['GOLD', 6]), pays(['GOLD', 5])], [1]],
    ['an item that stands twice as one sum', [], [pays(['GOLD', most], ['GOLD', 1]), pays(['GOLD', 2])], [1]],
    ['nothing of one of which a part does not fit', [['GOLD', most]], [pays(['DIAMOND', 1], ['GOLD', 1])], []],
  ] as const)('%s', (_, owned, payments, fitting) =>
    expect(thatFit(payments, new Map(owned))).toEqual(fitting.map((n) => payments[n])),
  );
});

describe('a claim', () => {
  const mine = { userId: 'me', paidAt: null };
  test('pays what is mine and unpaid', () => expect(claim(mine, 'me')).toBe('PAY'));
  test('repeats its answer once it is paid', () =>
    expect(claim({ ...mine, paidAt: new Date(0) }, 'me')).toBe('ALREADY_PAID'));
  test('does not see what is somebody else’s', () => expect(claim(mine, 'you')).toBe('NOT_THERE'));
  test('does not see what is not there', () => expect(claim(undefined, 'me')).toBe('NOT_THERE'));
  test('is shown by the payment alone', () =>
    expect([statusOf(null), statusOf(new Date(0))]).toEqual(['CLAIMABLE', 'CLAIMED']));
});

describe('what a trusted service may record', () => {
  const now = Date.parse('2026-11-21T12:00:00Z');
  const good: Recorded = {
    id: 'match-17',
    userId: '7b0c7a52-6a3c-4a7e-9c43-0d5f0e0a8f11',
    type: 'MatchWon',
    occurredAt: now,
    data: { score: 7 },
  };
  test('a complete event has no fault', () => expect(faultsOf(good, now)).toEqual([]));
  test.each<[string, Partial<Recorded>, RegExp]>([
    ['an empty id', { id: '' }, /^id takes/],
    ['an id of 101 characters', { id: 'x'.repeat(101) }, /^id takes/],
    ['an id with a line break', { id: 'a\nb' }, /^id takes/],
    ['a user id that is none', { userId: "' or 1=1--" }, /^userId/],
    ['a type in lower case', { type: 'matchWon' }, /^type takes/],
    ['a sign-in', { type: 'UserSignIn' }, /reserved/],
    ['a completion', { type: 'QuestCompleted' }, /reserved/],
    ['six minutes ahead', { occurredAt: now + 6 * 60_000 }, /ahead/],
    ['31 days ago', { occurredAt: Date.parse('2026-10-21T11:59:00Z') }, /30 days/],
    ['data of 9 KiB', { data: { text: 'x'.repeat(9000) } }, /8 KiB/],
    ['a NUL character', { data: { text: '\0' } }, /NUL/],
    ['data that is a list', { data: [1] }, /object/],
    ['data of 65 levels', { data: JSON.parse('{"a":'.repeat(65) + '1' + '}'.repeat(65)) as object }, /64 levels/],
    ['a visit', { type: 'UserActive' }, /reserved/],
  ])('%s is refused', (_, change, fault) => expect(faultsOf({ ...good, ...change }, now).join()).toMatch(fault));
});
