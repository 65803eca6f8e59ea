import fc from 'fast-check';
import { type Timeline, dayOf, livingIn, move, periodsBetween, spanAt } from '../calendar/calendar.rules.ts';
import { type Active, type StreakTerms, activityOf, markedBy, readingsOf, together } from '../calendar/streak.rules.ts';
import { lostAt, streakAt } from '../calendar/streakStanding.rules.ts';

const hour = 3_600_000;
const utc = livingIn('UTC');
interface Terms extends StreakTerms {
  startsAt: string;
}
const quest = (changes: Partial<Terms> = {}): Terms => ({
  period: 'DAY',
  perPeriod: 1,
  target: 3,
  graceHours: 0,
  freezes: 0,
  pauses: [],
  startsAt: '2026-01-01T00:00:00.000Z',
  ...changes,
});

/** '06-10' is noon of that day, '06-10@01' one o'clock. */
const instantOf = (when: string) => {
  const [date, time = '12'] = when.split('@');
  return Date.parse(`2026-${date}T${time}:00:00Z`);
};
const instantsOf = (when: string) => when.split(' ').filter(Boolean).map(instantOf);

function activeIn(terms: Terms, timeline: Timeline, instants: readonly number[]): Active[] {
  const bySpan = Map.groupBy(
    instants.map((at) => activityOf(terms, timeline, at)),
    ({ span }) => span,
  );
  return [...bySpan.values()]
    .map((same) => same.reduce((one, other) => together(one, other, terms.perPeriod)))
    .sort((one, other) => one.span - other.span);
}
const readingsIn = (terms: Terms, timeline: Timeline, active: readonly Active[]) =>
  readingsOf(terms, timeline, active, spanAt(timeline, terms.period, Date.parse(terms.startsAt)));
const streakAfter = (terms: Terms, instants: readonly number[], timeline: Timeline = utc) =>
  readingsIn(terms, timeline, activeIn(terms, timeline, instants)).all[0]!;
const streakAtEnd = (terms: Terms, timeline: Timeline, instants: readonly number[], now: number) =>
  streakAt(terms, timeline, readingsIn(terms, timeline, activeIn(terms, timeline, instants)), now);

describe('a streak', () => {
  const grace = { graceHours: 3, target: 9 };
  test.each<[string, Partial<Terms>, string, [completions: number, length: number, frozen: number]]>([
    ['nothing', {}, '', [0, 0, 0]],
    ['two days in a row', {}, '06-10 06-11', [0, 2, 0]],
    ['three days in a row', {}, '06-10 06-11 06-12', [1, 0, 0]],
    ['seven days in a row', {}, '06-10 06-11 06-12 06-13 06-14 06-15 06-16', [2, 1, 0]],
    ['more completions than are paid', {}, '06-01 06-02 06-03 06-04 06-05 06-06 06-07 06-08 06-09', [3, 0, 0]],
    ['a gap', {}, '06-10 06-11 06-13', [0, 1, 0]],
    ['a gap after a completion', {}, '06-10 06-11 06-12 06-15', [1, 1, 0]],
    ['the same day twice', {}, '06-10@01 06-10@13 06-10@23 06-11', [0, 2, 0]],
    ['a streak of one', { target: 1 }, '06-10 06-13', [2, 0, 0]],
    ['a missed day and a freeze', { freezes: 1 }, '06-10 06-12 06-13', [1, 0, 0]],
    ['a missed day is not filled by a freeze', { freezes: 1 }, '06-10 06-12', [0, 2, 1]],
    ['two missed days and a freeze', { freezes: 1 }, '06-10 06-13', [0, 1, 0]],
    ['two missed days and two freezes', { freezes: 2 }, '06-10 06-12 06-14', [1, 0, 0]],
    ['a new freeze for each completion', { freezes: 1 }, '06-10 06-12 06-13 06-14 06-16 06-17', [2, 0, 0]],
    ['a new freeze for each beginning', { freezes: 1, target: 9 }, '06-10 06-12 06-20 06-22', [0, 2, 1]],
    ['a gap after a completion needs no freeze', { freezes: 1 }, '06-10 06-11 06-12 06-20 06-22', [1, 2, 1]],
    ['one o’clock fills yesterday', grace, '06-10 06-12@01', [0, 2, 0]],
    ['three o’clock does not', grace, '06-10 06-12@03', [0, 1, 0]],
    ['one o’clock is of its own day when yesterday is filled', grace, '06-10 06-11@01 06-12', [0, 3, 0]],
    ['one o’clock is of its own day when the streak is lost', grace, '06-10 06-13@01 06-14', [0, 2, 0]],
    ['one o’clock is of its own day when there is no streak', grace, '06-12@01', [0, 1, 0]],
    ['one o’clock is of its own day after a completion', { ...grace, target: 1 }, '06-10 06-12@01', [2, 0, 0]],
    ['yesterday and today at one o’clock', grace, '06-10 06-12@01 06-12@02', [0, 3, 0]],
    ['yesterday at one o’clock, today at noon', grace, '06-10 06-12@01 06-12', [0, 3, 0]],
    ['each night at one o’clock', grace, '06-10 06-12@01 06-13@01 06-14@01', [0, 4, 0]],
    ['one o’clock is of the day that serves the player', grace, '06-10 06-12@01 06-13', [0, 2, 0]],
    ['freezes are spent where they serve the player', { freezes: 1 }, '06-10 06-12 06-14 06-15', [1, 0, 0]],
    ['one o’clock saves the freeze', { ...grace, freezes: 1 }, '06-10 06-12@01', [0, 2, 0]],
    ['a freeze first, then one o’clock', { ...grace, freezes: 1 }, '06-10 06-13@01', [0, 2, 1]],
    ['yesterday at one o’clock completes', { ...grace, target: 2 }, '06-10 06-12@01', [1, 0, 0]],
    ['weeks', { period: 'WEEK' }, '06-01 06-14 06-15', [1, 0, 0]],
    ['a missed week', { period: 'WEEK' }, '06-01 06-15', [0, 1, 0]],
    ['a week on Monday at one o’clock', { ...grace, period: 'WEEK' }, '06-01 06-15@01', [0, 2, 0]],
    ['months', { period: 'MONTH' }, '01-31 02-01 03-31', [1, 0, 0]],
    ['a missed month and a freeze', { period: 'MONTH', freezes: 1 }, '01-31 03-01', [0, 2, 1]],
    ['the first day counts as a whole', { startsAt: '2026-06-10T18:00:00.000Z' }, '06-09 06-10 06-11', [0, 2, 0]],
    ['no day before the first', { ...grace, startsAt: '2026-06-11T18:00:00.000Z' }, '06-10 06-12@01', [0, 1, 0]],
  ])('%s: %o, %s', (_, changes, when, [completions, length, frozen]) =>
    expect(streakAfter(quest(changes), instantsOf(when))).toMatchObject({ completions, length, frozen }),
  );

  test('says which days were filled and which freezes covered', () => {
    const streak = streakAfter(quest({ ...grace, freezes: 1 }), instantsOf('06-10 06-12 06-14@01'));
    const { filled, covered } = markedBy(streak);
    const june = dayOf(utc, instantOf('06-01')) - 1;
    expect([[...filled], [...covered]].map((days) => days.map((day) => day - june).sort())).toEqual([
      [10, 12, 13],
      [11],
    ]);
  });
});

describe('a day that the calendar leaves out', () => {
  const apia = livingIn('Pacific/Apia');
  const [day29, day30] = [Date.parse('2011-12-29T22:00:00Z'), Date.parse('2011-12-30T12:00:00Z')];
  const old = { startsAt: '2011-01-01T00:00:00.000Z' };

  test('breaks no streak', () => expect(streakAfter(quest(old), [day29, day30], apia).length).toBe(2));
  test('uses no freeze in a long gap', () => {
    const terms = quest({ ...old, target: 9, freezes: 19 });
    const streak = streakAfter(terms, [day29 - 9 * 24 * hour, day30 + 10 * 24 * hour], apia);
    expect(streak).toMatchObject({ length: 2, frozen: 19 });
  });
  test('has the hours of grace of the day before after it', () => {
    const terms = quest({ ...old, graceHours: 3 });
    expect(streakAfter(terms, [day29 - 24 * hour, day30], apia)).toMatchObject({ length: 2, last: dayOf(apia, day29) });
  });
});

test('a day shorter than the hours of grace ends them', () => {
  const terms = quest({ graceHours: 3 });
  const home = livingIn('Etc/GMT+12');
  const first = instantOf('06-10@13');
  // After the missed day comes one of an hour.
  const timeline = move(home, 'Etc/GMT-11', first + 24 * hour);
  expect(lostAt(terms, timeline, streakAfter(terms, [first], timeline))).toBe(instantOf('06-12@13'));
});

test('a period is filled by as many events as it takes, whatever their order', () => {
  const terms = quest({ perPeriod: 3, target: 2 });
  expect(streakAfter(terms, instantsOf('06-10@01 06-10@13 06-10@23 06-11 06-11@13')).length).toBe(1);
  expect(streakAfter(terms, instantsOf('06-11@13 06-10@23 06-10@01 06-11 06-10@13 06-11@14')).completions).toBe(1);
});

describe('the farthest that a streak has come', () => {
  test.each([
    ['is where it is', '06-10 06-11', 0, 2],
    ['stays when the streak is lost', '06-10 06-11 06-12 06-20', 0, 3],
    ['begins anew after a completion', '06-10 06-11 06-12 06-13 06-20', 1, 1],
  ])('%s: %s', (_, when, completions, length) => {
    const terms = quest({ target: completions > 0 ? 4 : 9 });
    const { farthest } = readingsIn(terms, utc, activeIn(terms, utc, instantsOf(when)));
    expect(farthest).toMatchObject({ completions, length });
  });
});

describe('a streak is lost', () => {
  const grace = { graceHours: 3 };
  test.each<[string, Partial<Terms>, string, string, [length: number, lostAt: string | null]]>([
    ['never when nothing happened', {}, '', '06-11', [0, null]],
    ['after tomorrow when today is filled', {}, '06-10', '06-10', [1, '06-12@00']],
    ['after today when it is not filled yet', {}, '06-10', '06-11@23', [1, '06-12@00']],
    ['when yesterday was missed', {}, '06-10', '06-12@00', [0, '06-12@00']],
    ['after the hours of grace', grace, '06-10', '06-12@02', [1, '06-12@03']],
    ['at the end of the hours of grace', grace, '06-10', '06-12@03', [0, '06-12@03']],
    ['later with two freezes left', { freezes: 2 }, '06-10', '06-13', [1, '06-14@00']],
    ['later with one freeze left', { freezes: 2 }, '06-10 06-12', '06-13', [2, '06-15@00']],
    ['after a week', { period: 'WEEK' }, '06-10', '06-10', [1, '06-22@00']],
    ['after a month', { period: 'MONTH' }, '06-10', '06-10', [1, '08-01@00']],
    ['never right after a completion', {}, '06-10 06-11 06-12', '06-12', [0, null]],
    ['after tomorrow on the way to the second', {}, '06-10 06-11 06-12 06-13', '06-13', [1, '06-15@00']],
  ])('%s: %o', (_, changes, when, now, [length, end]) => {
    const terms = quest(changes);
    const streak = streakAtEnd(terms, utc, instantsOf(when), instantOf(now));
    const lost = lostAt(terms, utc, streak);
    expect([lost !== null && instantOf(now) < lost ? streak.length : 0, lost]).toEqual([length, end && instantOf(end)]);
  });
});

const start = Date.parse('2026-01-01T00:00:00Z');
/** Often the ends of the world: who travels between them has the shortest and the longest days. */
const zone = fc.oneof(
  fc.constantFrom('Etc/GMT+12', 'Etc/GMT-11', 'Pacific/Kiritimati'),
  fc.constantFrom(...Intl.supportedValuesOf('timeZone')),
);
const timelines = fc
  .tuple(zone, fc.array(fc.tuple(zone, fc.nat(60 * hour)), { maxLength: 30 }))
  .map(([home, moves]) => {
    let [timeline, at] = [livingIn(home), start + 24 * hour];
    for (const [timeZone, after] of moves) timeline = move(timeline, timeZone, (at += after));
    return timeline;
  });
const terms = fc
  .record({
    period: fc.constantFrom('DAY' as const, 'DAY' as const, 'WEEK' as const, 'MONTH' as const),
    target: fc.integer({ min: 2, max: 5 }),
    graceHours: fc.integer({ min: 0, max: 23 }),
    freezes: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 12 })),
  })
  .map(quest);
const instants = fc.array(
  fc.nat(25 * 24).map((hours) => start + 48 * hour + hours * hour),
  { minLength: 1, maxLength: 40 },
);

describe('whatever happens', () => {
  /** What it has come to at an instant, in periods. */
  const worthAt = (terms: Terms, timeline: Timeline, instants: readonly number[], now: number) => {
    const streak = streakAtEnd(terms, timeline, instants, now);
    return (
      streak.completions * terms.target + (now < (lostAt(terms, timeline, streak) ?? -Infinity) ? streak.length : 0)
    );
  };

  test('the streak can be kept until one millisecond before resetsAt, and not at it', () => {
    const property = fc.property(terms, timelines, instants, (terms, timeline, instants) => {
      const now = Math.max(...instants);
      const resetsAt = lostAt(terms, timeline, streakAtEnd(terms, timeline, instants, now));
      if (resetsAt === null) return;
      const before = worthAt(terms, timeline, instants, now);
      const worthWith = (at: number) => worthAt(terms, timeline, [...instants, at], at);
      expect(worthWith(resetsAt - 1)).toBe(before + 1);
      expect(worthWith(resetsAt)).toBeLessThanOrEqual(before);
    });
    fc.assert(property, { numRuns: 1000 });
  });

  test('playing more is never worth less, nor are hours of grace, nor freezes', () => {
    const property = fc.property(terms, timelines, instants, fc.nat(24 * 24), (terms, timeline, instants, hours) => {
      const more = [...instants, start + 48 * hour + hours * hour];
      const now = Math.max(...more);
      const worth = worthAt(terms, timeline, instants, now);
      expect(worthAt(terms, timeline, more, now)).toBeGreaterThanOrEqual(worth);
      for (const less of [{ graceHours: 0 }, { freezes: 0 }])
        expect(worthAt({ ...terms, ...less }, timeline, instants, now)).toBeLessThanOrEqual(worth);
    });
    fc.assert(property, { numRuns: 2000 });
  });

  test('any order of the same events comes to the same', () => {
    const shuffled = instants.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
    );
    const property = fc.property(terms, timelines, shuffled, (terms, timeline, [one, other]) =>
      expect(streakAfter(terms, other, timeline)).toEqual(streakAfter(terms, one, timeline)),
    );
    fc.assert(property);
  });

  test('without grace and freezes it is days in a row', () => {
    const plain = terms.map((terms) => ({ ...terms, graceHours: 0, freezes: 0, period: 'DAY' as const }));
    const property = fc.property(plain, timelines, instants, (terms, timeline, instants) => {
      const days = [...new Set(instants.map((at) => dayOf(timeline, at)))].sort((one, other) => one - other);
      const runs: number[] = [];
      for (const [n, day] of days.entries())
        if (n > 0 && periodsBetween(timeline, 'DAY', days[n - 1]!, day) === 0) runs.push(runs.pop()! + 1);
        else runs.push(1);
      const { completions, length } = streakAfter(terms, instants, timeline);
      expect(completions).toBe(runs.reduce((sum, run) => sum + Math.floor(run / terms.target), 0));
      expect(length).toBe(runs.at(-1)! % terms.target);
    });
    fc.assert(property);
  });

  test('an event in the hours of grace counts at least as much, when it happens, as one after them', () => {
    const property = fc.property(terms, timelines, instants, (terms, timeline, instants) => {
      const active = activeIn(terms, timeline, instants);
      const [last, earlier] = [active.at(-1)!, active.slice(0, -1)];
      const worth = (early: number, later: boolean) => {
        const { completions, length } = readingsIn(terms, timeline, [
          ...earlier,
          { ...last, early, later: Number(later) },
        ]).all[0]!;
        return completions * terms.target + length;
      };
      expect(worth(1, false)).toBeGreaterThanOrEqual(worth(0, true));
      expect(worth(1, true)).toBeGreaterThanOrEqual(worth(1, false));
      expect(worth(2, false)).toBe(worth(1, true));
    });
    fc.assert(property);
  });
});
