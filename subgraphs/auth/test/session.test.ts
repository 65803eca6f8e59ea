import { type Renewal, accessSeconds, graceSeconds, refreshSeconds, renewalOf } from '../sessions/session.rules.ts';

const at = (seconds: number) => new Date(Date.UTC(2026, 10, 21, 9, 30) + seconds * 1000);
const open = { endedAt: null };
const unused = { expiresAt: at(100), usedAt: null, successorUsed: false };
const used = { ...unused, usedAt: at(0) };

test('an access token lives 15 minutes, a refresh token 30 days, and the grace is ten seconds', () => {
  expect([accessSeconds, refreshSeconds, graceSeconds]).toEqual([900, 30 * 24 * 3600, 10]);
});

test.each<[string, typeof open | { endedAt: Date }, typeof unused | typeof used, number, Renewal]>([
  ['an unused token is exchanged', open, unused, 0, 'ROTATE'],
  ['an unused token is exchanged until the moment it expires', open, unused, 99.999, 'ROTATE'],
  ['an expired token is refused', open, unused, 100, 'REFUSE'],
  ['a token of an ended session is refused', { endedAt: at(-1) }, unused, 0, 'REFUSE'],
  ['a used token gives the same successor again at once', open, used, 0, 'REPEAT'],
  ['a used token gives the same successor again at the end of the grace', open, used, 10, 'REPEAT'],
  ['a used token ends the session after the grace', open, used, 10.001, 'END'],
  ['a clock that stands before the use is no theft', open, used, -5, 'REPEAT'],
  ['a used token is refused when its successor was used', open, { ...used, successorUsed: true }, 3, 'REFUSE'],
  [
    'a used token ends the session after the grace whatever became of it',
    open,
    { ...used, successorUsed: true },
    11,
    'END',
  ],
  ['a used token that has expired ends nothing', open, used, 100, 'REFUSE'],
  ['a used token of an ended session ends nothing more', { endedAt: at(1) }, used, 50, 'REFUSE'],
])('%s', (_, session, token, now, renewal) => {
  expect(renewalOf(session, token, at(now))).toBe(renewal);
});
