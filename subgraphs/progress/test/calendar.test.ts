import fc from 'fast-check';
import {
  type Period,
  type Timeline,
  dayOf,
  firstDayOf,
  livingIn,
  move,
  periodsBetween,
  spanAt,
  spanBefore,
  spanOf,
  startOfDay,
  startOfSpan,
} from '../calendar/calendar.rules.ts';

const hour = 3_600_000;
const dayNumber = (date: string) => Date.parse(`${date}T00:00:00Z`) / 86_400_000;
const dateOf = (day: number) => new Date(day * 86_400_000).toISOString().slice(0, 10);
const iso = (at: number) => new Date(at).toISOString();
const [westmost, eastmost] = [livingIn('Etc/GMT+12'), livingIn('Pacific/Kiritimati')];

describe('a day begins where the zone has its midnight', () => {
  test.each([
    ['Europe/Berlin', '2026-03-29', '2026-03-28T23:00:00.000Z', 23, 'clocks are put forward'],
    ['Europe/Berlin', '2026-10-25', '2026-10-24T22:00:00.000Z', 25, 'clocks are put back'],
    ['America/Sao_Paulo', '2018-11-04', '2018-11-04T03:00:00.000Z', 23, 'midnight does not exist'],
    ['Asia/Tehran', '2022-09-21', '2022-09-20T19:30:00.000Z', 25, 'clocks are put back across midnight'],
    ['America/Toronto', '1919-03-31', '1919-03-31T04:30:00.000Z', 23.5, 'half past eleven became half past twelve'],
    ['Africa/Cairo', '2024-10-31', '2024-10-30T21:00:00.000Z', 25, 'clocks are put back across midnight'],
    ['Africa/Cairo', '2024-04-26', '2024-04-25T22:00:00.000Z', 23, 'midnight does not exist'],
    ['Asia/Beirut', '2024-10-26', '2024-10-25T21:00:00.000Z', 25, 'clocks are put back across midnight'],
    ['Pacific/Apia', '2011-12-29', '2011-12-29T10:00:00.000Z', 24, 'the last day in the east'],
    ['Pacific/Apia', '2011-12-30', '2011-12-30T10:00:00.000Z', 0, 'the day does not exist'],
    ['Pacific/Apia', '2011-12-31', '2011-12-30T10:00:00.000Z', 24, 'the first day in the west'],
    ['Australia/Lord_Howe', '2026-04-05', '2026-04-04T13:00:00.000Z', 24.5, 'half an hour back'],
    ['Australia/Lord_Howe', '2026-10-04', '2026-10-03T13:30:00.000Z', 23.5, 'half an hour forward'],
    ['Asia/Pyongyang', '2018-05-05', '2018-05-04T15:00:00.000Z', 24, 'clocks are put forward to midnight'],
    ['Antarctica/Casey', '2020-10-04', '2020-10-03T16:00:00.000Z', 21, 'three hours forward'],
    ['Asia/Kathmandu', '2026-01-01', '2025-12-31T18:15:00.000Z', 24, 'three quarters'],
    ['America/St_Johns', '2026-07-01', '2026-07-01T02:30:00.000Z', 24, 'half an hour'],
    ['UTC', '2024-02-29', '2024-02-29T00:00:00.000Z', 24, 'leap day'],
    ['Pacific/Kiritimati', '2026-01-01', '2025-12-31T10:00:00.000Z', 24, 'first on earth'],
    ['Etc/GMT+12', '2025-12-31', '2025-12-31T12:00:00.000Z', 24, 'last on earth'],
    ['Europe/Paris', '1969-07-20', '1969-07-19T23:00:00.000Z', 24, 'before 1970'],
    ['America/New_York', '1969-04-27', '1969-04-27T05:00:00.000Z', 23, 'before 1970, clocks are put forward'],
  ])('%s %s: %s, for %d hours: %s', (zone, date, start, hours) => {
    const [timeline, day] = [livingIn(zone), dayNumber(date)];
    const [from, to] = [startOfDay(timeline, day), startOfDay(timeline, day + 1)];
    expect([iso(from), (to - from) / hour]).toEqual([start, hours]);
    expect(dayOf(timeline, from - 1)).toBe(day - 1 - (date === '2011-12-31' ? 1 : 0));
    for (let at = from; at < to; at += hour / 4) expect(dateOf(dayOf(timeline, at))).toBe(date);
    expect(dayOf(timeline, to)).toBe(hours === 0 ? day + 1 : dayOf(timeline, to - 1) + (date === '2011-12-29' ? 2 : 1));
  });
});

describe('a span', () => {
  test.each<[Period, string, string, number]>([
    ['WEEK', '2026-12-28', '2027-01-03', 7],
    ['WEEK', '1969-12-29', '1970-01-04', 7],
    ['MONTH', '2026-02-01', '2026-02-28', 28],
    ['MONTH', '2024-02-01', '2024-02-29', 29],
    ['MONTH', '2026-04-01', '2026-04-30', 30],
    ['MONTH', '1969-12-01', '1969-12-31', 31],
  ])('%s from %s to %s has %i days', (period, from, to, days) => {
    const span = spanOf(period, dayNumber(from));
    expect([spanOf(period, dayNumber(to)), dateOf(firstDayOf(period, span))]).toEqual([span, from]);
    expect(firstDayOf(period, span + 1) - firstDayOf(period, span)).toBe(days);
  });
  test.each<[Period, number]>([
    ['WEEK', 7],
    ['MONTH', 31],
  ])('%s begins once, and the day before lies in the one before', (period, most) => {
    fc.assert(
      fc.property(fc.integer({ min: -100_000, max: 100_000 }), (day) => {
        const span = spanOf(period, day);
        const first = firstDayOf(period, span);
        expect(day - first).toBeGreaterThanOrEqual(0);
        expect(day - first).toBeLessThan(most);
        expect([spanOf(period, first), spanOf(period, first - 1), spanOf(period, day + 1) - span]).toEqual([
          span,
          span - 1,
          day + 1 === firstDayOf(period, span + 1) ? 1 : 0,
        ]);
      }),
    );
  });
  test('weeks and months begin at the midnight of the place', () => {
    const berlin = livingIn('Europe/Berlin');
    const at = Date.parse('2026-03-31T22:00:00Z');
    const april = spanAt(berlin, 'MONTH', at);
    expect([iso(startOfSpan(berlin, 'MONTH', april)), spanBefore(berlin, 'MONTH', april)]).toEqual([
      iso(at),
      april - 1,
    ]);
  });
  test('the day before one that the calendar leaves out is the one before that', () => {
    const apia = livingIn('Pacific/Apia');
    expect(dateOf(spanBefore(apia, 'DAY', dayNumber('2011-12-31')))).toBe('2011-12-29');
    expect(periodsBetween(apia, 'DAY', dayNumber('2011-12-29'), dayNumber('2011-12-31'))).toBe(0);
    expect(periodsBetween(apia, 'DAY', dayNumber('2011-12-01'), dayNumber('2012-01-31'))).toBe(59);
  });
});

const from = Date.UTC(2012, 0, 2);
const zone = fc.constantFrom(...Intl.supportedValuesOf('timeZone'), 'Etc/GMT+12', 'Etc/GMT-14');
const instant = fc.integer({ min: from, max: Date.UTC(2040, 0, 1) });

test('in every zone a day is what Intl shows, and its start the first instant that shows it', () => {
  const property = fc.property(zone, instant, (timeZone, at) => {
    const shown = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
    const timeline = livingIn(timeZone);
    const day = dayOf(timeline, at);
    const start = startOfDay(timeline, day);
    expect([shown.format(at), shown.format(start)]).toEqual([dateOf(day), dateOf(day)]);
    expect(shown.format(start - 1)).toBe(dateOf(day - 1));
    expect(at).toBeGreaterThanOrEqual(start);
    expect(at).toBeLessThan(startOfDay(timeline, day + 1));
  });
  fc.assert(property, { numRuns: 500 });
});

/** A player who is elsewhere every so many hours, often as far away as the world allows. */
const far = fc.constantFrom('Etc/GMT+12', 'Pacific/Kiritimati', 'Pacific/Pago_Pago', 'Pacific/Auckland');
const journeys = fc.record({
  home: fc.oneof(far, zone),
  start: instant,
  moves: fc.array(fc.tuple(fc.oneof(far, zone), fc.integer({ min: 0, max: 60 * hour })), { maxLength: 20 }),
});
type Journey = typeof journeys extends fc.Arbitrary<infer J> ? J : never;

/** Each move, and the timeline that had begun before it: what was to come only, a further move takes back. */
function* stepsOf({ home, start, moves }: Journey) {
  let [timeline, at] = [livingIn(home), start];
  for (const [timeZone, after] of moves) {
    at += after;
    const before = timeline.filter(({ from }) => from <= at);
    timeline = move(timeline, timeZone, at);
    yield { before, timeline, at };
  }
}

/** The days that were lived, each with its first quarter of an hour. */
function livedDays(timeline: Timeline, from: number, until: number): [day: number, at: number][] {
  const days: [number, number][] = [];
  for (let at = from; at < until; at += hour / 4) {
    const day = dayOf(timeline, at);
    if (day !== days.at(-1)?.[0]) days.push([day, at]);
  }
  return days;
}

describe('who moves', () => {
  const noon = Date.parse('2026-06-10T12:00:00Z');

  test('keeps the day that has begun at least as long, and all that was', () => {
    const property = fc.property(journeys, (journey) => {
      for (const { before, timeline, at } of stepsOf(journey)) {
        const day = dayOf(before, at);
        const end = startOfDay(before, day + 1);
        expect(startOfDay(timeline, day + 1)).toBeGreaterThanOrEqual(end);
        const instants = [at - 48 * hour, at - 1, at, end - 1];
        expect(instants.map((then) => dayOf(timeline, then))).toEqual(instants.map((then) => dayOf(before, then)));
        expect(startOfDay(timeline, day)).toBe(startOfDay(before, day));
      }
    });
    fc.assert(property);
  });
  test('never goes back, and is never before the last place on earth nor after the first', () => {
    const property = fc.property(journeys, (journey) => {
      const { timeline, at } = [...stepsOf(journey)].at(-1) ?? { timeline: livingIn(journey.home), at: journey.start };
      const lived = livedDays(timeline, journey.start, at + 72 * hour);
      for (const [n, [day, at]] of lived.slice(1).entries()) {
        const [yesterday] = lived[n]!;
        expect([1, 2]).toContain(day - yesterday);
        expect(periodsBetween(timeline, 'DAY', yesterday, day)).toBe(0);
        expect(spanBefore(timeline, 'DAY', day)).toBe(yesterday);
        const start = startOfDay(timeline, day);
        expect([dayOf(timeline, start), dayOf(timeline, start - 1), at - start < hour / 4]).toEqual([
          day,
          yesterday,
          true,
        ]);
        expect(day).toBeGreaterThanOrEqual(dayOf(westmost, at));
        expect(day).toBeLessThanOrEqual(dayOf(eastmost, at));
      }
    });
    fc.assert(property);
  });
  test('and moves back before the day is over has the rest of that day, and then the days of before', () => {
    const away = move(livingIn('Europe/Berlin'), 'America/New_York', noon);
    const back = move(away, 'Europe/Berlin', noon + hour);
    const today = dayOf(away, noon);
    expect(startOfDay(back, today + 1)).toBe(startOfDay(away, today + 1));
    expect(startOfDay(back, today + 2)).toBe(startOfDay(livingIn('Europe/Berlin'), today + 2));
  });
  test('as often as one likes is never shown an earlier end of the day', () => {
    const property = fc.property(
      fc.array(fc.tuple(fc.oneof(far, zone), fc.integer({ min: 1, max: 4 * hour })), { maxLength: 12 }),
      fc.oneof(far, zone),
      instant,
      (moves, home, start) => {
        let [timeline, at] = [livingIn(home), start];
        for (const [next, pause] of moves) {
          at += pause;
          const day = dayOf(timeline, at);
          const shown = startOfDay(timeline, day + 1);
          timeline = move(timeline, next, at);
          expect(dayOf(timeline, at)).toBe(day);
          expect(startOfDay(timeline, day + 1)).toBeGreaterThanOrEqual(shown);
          expect(dayOf(timeline, shown - 1)).toBe(day);
        }
      },
    );
    fc.assert(property);
  });
  test.each([
    ['Etc/GMT+12', 'Pacific/Kiritimati', ['2026-06-10', 24, '2026-06-12', 22, '2026-06-13', 24]],
    ['Pacific/Kiritimati', 'Etc/GMT+12', ['2026-06-11', 50, '2026-06-12', 24, '2026-06-13', 24]],
    ['Etc/GMT+12', 'Etc/GMT-11', ['2026-06-10', 24, '2026-06-11', 1, '2026-06-12', 24]],
    ['Europe/Berlin', 'America/New_York', ['2026-06-10', 30, '2026-06-11', 24, '2026-06-12', 24]],
    ['America/New_York', 'Europe/Berlin', ['2026-06-10', 24, '2026-06-11', 18, '2026-06-12', 24]],
  ])('from %s to %s lives days of so many hours: %j', (home, away, days) => {
    const timeline = move(livingIn(home), away, noon + hour);
    const starts = livedDays(timeline, noon + hour, noon + 96 * hour)
      .map(([day]) => day)
      .slice(0, 3);
    const hours = (day: number) => (startOfDay(timeline, day + 1) - startOfDay(timeline, day)) / hour;
    expect(starts.flatMap((day) => [dateOf(day), hours(day)])).toEqual(days);
    expect(periodsBetween(timeline, 'DAY', starts[0]!, starts[2]!)).toBe(1);
  });

  /** 30 days in the west and one more that has begun; the first place on earth is at most two days ahead. */
  test('every hour for a month gains two days at most', () => {
    const property = fc.property(fc.infiniteStream(fc.oneof(far, zone)), instant, (zones, start) => {
      let timeline = livingIn('Etc/GMT+12');
      for (let n = 0; n < 30 * 24; n++) timeline = move(timeline, zones.next().value, start + n * hour);
      const days = livedDays(timeline, start, start + 30 * 24 * hour).length;
      expect(days).toBeLessThanOrEqual(31 + 2);
      // Who crosses the date line eastward each other day leaves out as many.
      expect(days).toBeGreaterThanOrEqual(15);
    });
    fc.assert(property, { numRuns: 20 });
  });
});
