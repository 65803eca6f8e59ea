import { dayMs } from '../../../shared/calendar.rules.ts';
import { type ActiveDay, activeDayAt, movedTo } from '../presence/presence.rules.ts';

const at = (text: string) => Date.parse(text);
const day = (text: string) => at(`${text}T00:00:00Z`) / dayMs;
const told = ({ day, endsAt }: ActiveDay) => [
  new Date(day * dayMs).toISOString().slice(0, 10),
  new Date(endsAt).toISOString(),
];

test.each([
  ['UTC', '2026-03-01T00:00:00Z', '2026-03-01', '2026-03-02T00:00:00.000Z'],
  ['UTC', '2026-03-01T23:59:59.999Z', '2026-03-01', '2026-03-02T00:00:00.000Z'],
  ['Pacific/Kiritimati', '2026-12-31T10:00:00Z', '2027-01-01', '2027-01-01T10:00:00.000Z'],
  // Clocks go forward that night: the day has 23 hours.
  ['Europe/Berlin', '2026-03-29T12:00:00Z', '2026-03-29', '2026-03-29T22:00:00.000Z'],
  // Samoa had no 30 December 2011.
  ['Pacific/Apia', '2011-12-30T09:00:00Z', '2011-12-29', '2011-12-30T10:00:00.000Z'],
])('in %s, at %s, it is %s until %s', (zone, now, name, end) => {
  expect(told(activeDayAt(null, zone, at(now)))).toEqual([name, end]);
});

test('a day goes on until it ends, and then the next one begins', () => {
  const monday = activeDayAt(null, 'Europe/Berlin', at('2026-06-01T08:00:00Z'));
  expect(activeDayAt(monday, 'Europe/Berlin', at('2026-06-01T21:59:59.999Z'))).toBe(monday);
  expect(told(activeDayAt(monday, 'Europe/Berlin', at('2026-06-01T22:00:00Z')))[0]).toBe('2026-06-02');
  expect(told(activeDayAt(monday, 'Europe/Berlin', at('2026-06-08T08:00:00Z')))[0]).toBe('2026-06-08');
});

const moved = (day: ActiveDay, zone: string, later: string) => activeDayAt(movedTo(day, zone), zone, at(later));

test('who moves east begins no day before the old place ends its own', () => {
  const inHonolulu = activeDayAt(null, 'Pacific/Honolulu', at('2026-06-01T10:30:00Z'));
  expect(told(inHonolulu)).toEqual(['2026-06-01', '2026-06-02T10:00:00.000Z']);
  // In Kiritimati it has been the second since 10:00.
  expect(told(moved(inHonolulu, 'Pacific/Kiritimati', '2026-06-02T09:59:59Z'))).toEqual(told(inHonolulu));
  expect(told(moved(inHonolulu, 'Pacific/Kiritimati', '2026-06-02T10:00:00Z'))).toEqual([
    '2026-06-03',
    '2026-06-03T10:00:00.000Z',
  ]);
});

test('who moves west stays on the same day until it ends there too, also after a further move', () => {
  const inKiritimati = activeDayAt(null, 'Pacific/Kiritimati', at('2026-06-01T10:00:00Z'));
  expect(told(inKiritimati)).toEqual(['2026-06-02', '2026-06-02T10:00:00.000Z']);
  const inHonolulu = movedTo(inKiritimati, 'Pacific/Honolulu');
  expect(told(inHonolulu)).toEqual(['2026-06-02', '2026-06-03T10:00:00.000Z']);
  expect(movedTo(inHonolulu, 'Pacific/Kiritimati')).toEqual(inHonolulu);
});

test('a player who flies around the world all the time gains no day', () => {
  let last = activeDayAt(null, 'Pacific/Pago_Pago', at('2026-06-01T00:00:00Z'));
  const days = new Set<number>();
  const zones = ['Pacific/Kiritimati', 'Pacific/Honolulu', 'Europe/Berlin', 'Pacific/Pago_Pago'];
  for (let hour = 0; hour < 240; hour++) {
    const zone = zones[hour % 4]!;
    last = activeDayAt(movedTo(last, zone), zone, at('2026-06-01T00:00:00Z') + hour * 3_600_000);
    days.add(last.day);
  }
  expect(days.size).toBeLessThanOrEqual(11);
  expect(Math.max(...days)).toBeLessThanOrEqual(day('2026-06-11'));
});
