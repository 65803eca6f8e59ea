import fc from 'fast-check';
import { type Period, type Timeline, dayOf, livingIn, spanAt, startOfSpan } from '../calendar/calendar.rules.ts';
import { type Pause, pausedSpans } from '../calendar/pauses.rules.ts';
import { lastPeriods } from '../calendar/periods.rules.ts';
import { type Active, type StreakTerms, activityOf, readingsOf, together } from '../calendar/streak.rules.ts';
import { definitionsOf } from '../definitions/definitions.rules.ts';
import { digestOf } from '../definitions/definitionStore.ts';
import { lostAt, streakAt } from '../calendar/streakStanding.rules.ts';
import { happened, openGame } from './game.ts';
import { objective, questOf, questTerms } from './terms.ts';

const hour = 3_600_000;
const quest = (changes: Partial<StreakTerms> = {}): StreakTerms => ({
  period: 'DAY',
  perPeriod: 1,
  target: 5,
  graceHours: 0,
  freezes: 0,
  pauses: [],
  ...changes,
});

function readingsAfter(terms: StreakTerms, timeline: Timeline, instants: readonly number[]) {
  const bySpan = Map.groupBy(
    instants.map((at) => activityOf(terms, timeline, at)),
    ({ span }) => span,
  );
  const active: Active[] = [...bySpan.values()]
    .map((same) => same.reduce((one, other) => together(one, other, terms.perPeriod)))
    .sort((one, other) => one.span - other.span);
  return readingsOf(terms, timeline, active, -Infinity);
}
const worthOf = (terms: StreakTerms, timeline: Timeline, instants: readonly number[]) => {
  const { completions, length, frozen } = readingsAfter(terms, timeline, instants).all[0]!;
  return { completions, length, frozen };
};

test('an event of another objective completes a quest whose streak alone was wanting, once the gap is paused', () => {
  const game = openGame();
  const days = objective('days', 'Came', { measure: 'PERIODS', period: 'DAY', target: 3, consecutive: true });
  game.publish(questOf([days, objective('wins', 'Won', { target: 1 })], { timeZone: 'UTC' }));
  game.play(...['06-10', '06-11', '06-13'].map((day) => happened('Came', day)), happened('Won', '06-13'));
  const [from, until] = [Date.parse('2026-06-12T00:00:00Z'), Date.parse('2026-06-13T00:00:00Z')];
  game.pause({ questId: null, from, until });
  expect(game.play(happened('Won', '06-14'))).toMatchObject([{ number: 1, completedAt: '2026-06-14T12:00:00.000Z' }]);
});

/** The first and the last place on earth, and places whose clocks change in these weeks. */
const places: [zone: string, around: string][] = [
  ['Pacific/Kiritimati', '2026-06-15'],
  ['Etc/GMT+12', '2026-06-15'],
  ['Europe/Berlin', '2026-03-29'],
  ['Europe/Berlin', '2026-10-25'],
  ['America/Sao_Paulo', '2018-11-04'],
  ['Australia/Lord_Howe', '2026-04-05'],
];

describe.each(places)('in %s about %s', (zone, around) => {
  const timeline = livingIn(zone);
  const start = (period: Period, span: number) => startOfSpan(timeline, period, span);
  /** Periods with events before a gap and after it, hours into them, and how long the gap is. */
  const histories = fc.record({
    period: fc.constantFrom('DAY' as const, 'DAY' as const, 'WEEK' as const, 'MONTH' as const),
    before: fc.array(fc.tuple(fc.nat(12), fc.nat(22)), { maxLength: 15 }),
    after: fc.array(fc.tuple(fc.nat(12), fc.nat(22)), { maxLength: 15 }),
    gap: fc.integer({ min: 1, max: 6 }),
    target: fc.integer({ min: 2, max: 6 }),
    freezes: fc.integer({ min: 0, max: 3 }),
    graceHours: fc.integer({ min: 0, max: 12 }),
  });
  const laidOut = ({ period, before, after, gap }: typeof histories extends fc.Arbitrary<infer H> ? H : never) => {
    const first = spanAt(timeline, period, Date.parse(`${around}T12:00:00Z`));
    const instant = (span: number, hours: number) => start(period, span) + hours * hour;
    const early = before.map(([ago, hours]) => instant(first - 1 - ago, hours));
    return {
      first,
      pause: { from: start(period, first), until: start(period, first + gap) },
      parted: [...early, ...after.map(([later, hours]) => instant(first + gap + later, hours))],
      joined: [...early, ...after.map(([later, hours]) => instant(first + later, hours))],
    };
  };

  test('a gap that is paused has never been', () => {
    const property = fc.property(histories, (history) => {
      const { first, pause, parted, joined } = laidOut(history);
      const terms = quest({ ...history, graceHours: 0 });
      const paused = { ...terms, pauses: [pause] };
      expect(worthOf(paused, timeline, parted)).toEqual(worthOf(terms, timeline, joined));
      // The streak is lost as many periods later.
      const lost = lostAt(paused, timeline, readingsAfter(paused, timeline, parted).all[0]!);
      const other = lostAt(terms, timeline, readingsAfter(terms, timeline, joined).all[0]!);
      expect(lost === null).toBe(other === null);
      if (lost === null || other === null) return;
      const span = spanAt(timeline, terms.period, other);
      expect(lost).toBe(start(terms.period, span > first ? span + history.gap : span));
    });
    fc.assert(property, { numRuns: 300 });
  });

  test('a pause never makes a streak worth less, whoever plays in it, and hours of grace belong to the period before', () => {
    const within = fc.tuple(histories, fc.array(fc.tuple(fc.nat(8), fc.nat(22)), { maxLength: 8 }));
    const property = fc.property(within, ([history, played]) => {
      const { first, pause, parted, joined } = laidOut(history);
      const terms = quest(history);
      const paused = { ...terms, pauses: [pause] };
      const value = (one: StreakTerms, instants: readonly number[]) => {
        const { completions, length } = worthOf(one, timeline, instants);
        return completions * one.target + length;
      };
      const more = [...parted, ...played.map(([n, hours]) => start(terms.period, first + n) + hours * hour)];
      expect(value(paused, parted)).toBeGreaterThanOrEqual(value(terms, parted));
      expect(value(paused, parted)).toBeGreaterThanOrEqual(value(terms, joined));
      expect(value(paused, more)).toBeGreaterThanOrEqual(value(terms, more));
      const now = Math.max(pause.until, ...more);
      // Without the pause a shorter streak, which stands longer, may be all that is left by now.
      const standing = (one: StreakTerms) => {
        const streak = streakAt(one, timeline, readingsAfter(one, timeline, more), now);
        const lost = lostAt(one, timeline, streak) ?? -Infinity;
        return { lost, worth: streak.completions * one.target + (now < lost ? streak.length : 0) };
      };
      const [kept, other] = [standing(paused), standing(terms)];
      expect(kept.worth).toBeGreaterThanOrEqual(other.worth);
      if (kept.worth === other.worth) expect(kept.lost).toBeGreaterThanOrEqual(other.lost);
    });
    fc.assert(property, { numRuns: 300 });
  });

  test('several pauses are the same as what they cover together, in any order', () => {
    const pause = fc.tuple(fc.nat(20 * 24), fc.nat(72)).map(([from, hours]): Pause => {
      const at = Date.parse(`${around}T00:00:00Z`) + (from - 240) * hour;
      return { from: at, until: at + hours * hour };
    });
    const property = fc.property(fc.array(pause, { maxLength: 6 }), fc.nat(12), (pauses, graceHours) => {
      const covered = (all: readonly Pause[]) => {
        const days = new Set<number>();
        for (const [first, last] of pausedSpans({ period: 'DAY', graceHours, pauses: all }, timeline))
          for (let day = first; day <= last; day++) days.add(day);
        return [...days].sort();
      };
      const apart = new Set(pauses.flatMap((one) => covered([one])));
      expect(covered(pauses)).toEqual([...apart].sort());
      expect(covered(pauses.toReversed())).toEqual(covered(pauses));
    });
    fc.assert(property);
  });
});

describe('a pause', () => {
  const utc = livingIn('UTC');
  const at = (when: string) => {
    const [date, time = '12'] = when.split('@');
    return Date.parse(`2026-${date}T${time}:00:00Z`);
  };
  const instants = (when: string) => when.split(' ').map(at);
  const from = (one: string, until: string | null): Pause => ({
    from: at(one),
    until: until === null ? Infinity : at(until),
  });

  test.each<[string, Partial<StreakTerms>, string, Pause, number, number]>([
    ['of an hour keeps the day', {}, '06-10 06-12', from('06-11@10', '06-11@11'), 2, 0],
    ['keeps no other day', {}, '06-10 06-13', from('06-11@10', '06-11@11'), 1, 0],
    ['spends no freeze', { freezes: 1 }, '06-10 06-13', from('06-11@10', '06-11@11'), 2, 1],
    [
      'in the hours of grace keeps the day before too',
      { graceHours: 3 },
      '06-10 06-13',
      from('06-12@01', '06-12@02'),
      2,
      0,
    ],
    ['after the hours of grace does not', { graceHours: 3 }, '06-10 06-13', from('06-12@03', '06-12@04'), 1, 0],
    ['of no length is none', {}, '06-10 06-12', from('06-11@10', '06-11@10'), 1, 0],
    ['keeps a whole week', { period: 'WEEK' }, '06-01 06-15', from('06-10@10', '06-10@11'), 2, 0],
    ['is filled by who plays in it', {}, '06-10 06-11 06-12', from('06-11@00', '06-12@00'), 3, 0],
    ['without an end goes on', {}, '06-10 06-30', from('06-11@00', null), 2, 0],
  ])('%s', (_, changes, when, pause, length, frozen) =>
    expect(worthOf(quest({ ...changes, pauses: [pause] }), utc, instants(when))).toMatchObject({ length, frozen }),
  );

  test.each<[string, Pause, string, string | null]>([
    ['until tomorrow’s end', from('06-11@00', '06-12@00'), '06-10', '06-13@00'],
    ['a week ahead', from('06-11@00', '06-18@00'), '06-10', '06-19@00'],
    ['that has no end', from('06-11@00', null), '06-10', null],
    ['that begins later', from('06-13@00', '06-20@00'), '06-10', '06-12@00'],
  ])('%s: resetsAt', (_, pause, when, end) => {
    const terms = quest({ pauses: [pause] });
    expect(lostAt(terms, utc, readingsAfter(terms, utc, instants(when)).all[0]!)).toBe(end ? at(end) : Infinity);
  });

  test('shows its days as paused, those excepted on which something happened', () => {
    const terms = quest({ pauses: [from('06-11@00', '06-14@00')] });
    const streak = readingsAfter(terms, utc, instants('06-09 06-10 06-12 06-14')).all[0]!;
    const marks = lastPeriods(terms, utc, streak, at('06-14'), 7);
    expect(
      marks.map(({ startsAt, state }) => `${dayOf(utc, startsAt) - dayOf(utc, at('06-01')) + 1} ${state}`),
    ).toEqual(['8 MISSED', '9 DONE', '10 DONE', '11 PAUSED', '12 DONE', '13 PAUSED', '14 DONE']);
  });
});

test('a pause of everybody has those looked at again who are on a streak, and nobody else', () => {
  const [days, wins] = [questTerms({ trigger: 'Won', period: 'DAY' }), questTerms({ trigger: 'Won' })];
  const stored = [days, wins].map((terms) => [{ terms, knownSince: 1 }]);
  const pause = { questId: null, from: Date.parse('2026-06-11'), until: Date.parse('2026-06-12'), knownSince: 2 };
  const definitions = definitionsOf(2, stored, digestOf, [pause]);
  const known = (terms: typeof days) => {
    const { changedAt, latest } = definitions.byId.get(terms.questId)!;
    return [changedAt, latest.objectives[0]!.measure.changedAt, latest.pauses.length];
  };
  expect([known(days), known(wins)]).toEqual([
    [2, 2, 1],
    [1, 1, 0],
  ]);
});
