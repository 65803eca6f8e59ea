import fc from 'fast-check';
import { type Timeline, dayOf, livingIn, move, startOfDay } from '../calendar/calendar.rules.ts';
import { type ZoneFact, type Zones, bothZones, changedFrom, nowhere, timelineOf } from '../calendar/zones.rules.ts';

const hour = 3_600_000;
const start = Date.UTC(2026, 0, 1);
const zone = fc.oneof(
  fc.constantFrom('Etc/GMT+12', 'Etc/GMT-11', 'Pacific/Kiritimati', 'Europe/Berlin'),
  fc.constantFrom(...Intl.supportedValuesOf('timeZone')),
);
const fact = fc.record({ at: fc.nat(40 * 24).map((hours) => start + hours * hour), timeZone: zone });
type Told = { isMove: boolean } & ZoneFact;
const told: fc.Arbitrary<Told> = fc.record({ isMove: fc.boolean(), at: fact.map(({ at }) => at), timeZone: zone });
const zonesOf = ({ isMove, ...one }: Told): Zones => (isMove ? { home: null, moves: [one] } : { home: one, moves: [] });
const together = (all: readonly Zones[]) => all.reduce(bothZones, nowhere);

describe('what was told of time zones', () => {
  test('comes to the same timeline in any order, in any batches, and however often it is told', () => {
    const orders = fc.array(told, { maxLength: 12 }).chain((all) =>
      fc.record({
        all: fc.constant(all),
        other: fc.shuffledSubarray([...all, ...all], { minLength: all.length * 2 }),
        size: fc.integer({ min: 1, max: 5 }),
      }),
    );
    const property = fc.property(orders, ({ all, other, size }) => {
      const batches: Zones[] = [];
      for (let n = 0; n < other.length; n += size) batches.push(together(other.slice(n, n + size).map(zonesOf)));
      expect(timelineOf(together(batches))).toEqual(timelineOf(together(all.map(zonesOf))));
    });
    fc.assert(property);
  });

  test('is moves in the order in which they happened, each as if it had come at once', () => {
    const property = fc.property(zone, fc.array(fact, { maxLength: 12 }), (home, moves) => {
      let timeline: Timeline = livingIn(home);
      const ordered = [...moves].sort((one, other) => one.at - other.at || (one.timeZone < other.timeZone ? -1 : 1));
      for (const { timeZone, at } of ordered)
        if (timeline.at(-1)!.timeZone !== timeZone) timeline = move(timeline, timeZone, at);
      const zones = together([
        { home: { at: start - hour, timeZone: home }, moves: [] },
        { home: null, moves },
      ]);
      expect(timelineOf(zones)).toEqual(timeline);
    });
    fc.assert(property);
  });

  test('that comes late changes no day before it, and leaves the player where later moves have gone', () => {
    const property = fc.property(zone, fc.array(fact, { minLength: 1, maxLength: 8 }), fact, (home, moves, late) => {
      const before = together([
        { home: { at: start - hour, timeZone: home }, moves: [] },
        { home: null, moves },
      ]);
      const after = bothZones(before, { home: null, moves: [late] });
      const [old, now] = [timelineOf(before), timelineOf(after)];
      const from = changedFrom(before, after);
      for (const at of [start - hour, late.at - 30 * hour, late.at - 1])
        expect([dayOf(now, at), from === null || at < from]).toEqual([dayOf(old, at), true]);
      const last = moves.reduce((one, other) => (other.at >= one.at ? other : one));
      if (late.at < last.at && moves.filter(({ at }) => at === last.at).length === 1)
        expect(now.at(-1)!.timeZone).toBe(last.timeZone);
    });
    fc.assert(property);
  });

  test('is known again from the stretches that were kept before there were facts', () => {
    const property = fc.property(zone, fc.array(fact, { maxLength: 12 }), (home, moves) => {
      const timeline = timelineOf(
        together([
          { home: { at: -Infinity, timeZone: home }, moves: [] },
          { home: null, moves },
        ]),
      );
      const carried = timeline.slice(1).map(({ from, timeZone }) => ({ at: from - 1, timeZone }));
      const again = timelineOf({ home: { at: -Infinity, timeZone: home }, moves: carried });
      const days = Array.from({ length: 45 * 4 }, (_, n) => start + n * 6 * hour);
      expect(days.map((at) => dayOf(again, at))).toEqual(days.map((at) => dayOf(timeline, at)));
      expect(days.map((at) => startOfDay(again, dayOf(again, at)))).toEqual(
        days.map((at) => startOfDay(timeline, dayOf(timeline, at))),
      );
    });
    fc.assert(property);
  });
});

describe('home is', () => {
  const at = (hours: number, timeZone: string) => ({ at: start + hours * hour, timeZone });
  test.each<[string, Zones, string]>([
    ['UTC for whom nobody has reported', nowhere, 'UTC'],
    ['where the earliest report was', { home: at(5, 'Asia/Tokyo'), moves: [at(9, 'Europe/Berlin')] }, 'Asia/Tokyo'],
    [
      'where the first move went when all reports are later',
      { home: at(5, 'Asia/Tokyo'), moves: [at(2, 'Europe/Berlin')] },
      'Europe/Berlin',
    ],
  ])('%s', (_, zones, expected) => expect(timelineOf(zones)[0]!.timeZone).toBe(expected));
});
