import { zoneOf } from '../timeZone.rules.ts';

test.each([
  ['Europe/Berlin', 'Europe/Berlin'],
  ['europe/BERLIN', 'Europe/Berlin'],
  ['UTC', 'UTC'],
  ['Etc/GMT+2', 'Etc/GMT+2'],
  ['Asia/Kolkata', 'Asia/Kolkata'],
])('%s is the zone %s', (name, zone) => {
  expect(zoneOf(name)).toBe(zone);
});

test.each(['', '+02:00', 'Mars/Olympus', '../etc/passwd', 'Europe/Berlin ', 'x'.repeat(100_000)])(
  '%.20j is no zone',
  (name) => {
    expect(zoneOf(name)).toBeUndefined();
  },
);
