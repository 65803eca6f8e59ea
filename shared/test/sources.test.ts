import { randomBytes } from 'node:crypto';
import { Seal, consumersOf, sealKey } from '../events.ts';
import { eventKey, sourcesIn } from '../delivery/sources.ts';

const secret = randomBytes(32).toString('hex');
const body = JSON.stringify({
  ...{ id: '1', source: 'cheers', type: 'CheerGiven', version: 1, userId: null },
  ...{ occurredAt: '2026-11-21T09:30:00.000Z', data: {} },
});

test('a subgraph that has joined makes events of its own, and of no other', () => {
  const own = Seal.ofSource('cheers', sealKey(secret, 'cheers'));
  expect(new Seal(secret).open('cheers', own.close('cheers', body)).id).toBe('1');
  expect(own.open('cheers', new Seal(secret).close('cheers', body)).id).toBe('1');
  expect(() => own.close('auth', body)).toThrow('no key');
  expect(() => own.open('auth', new Seal(secret).close('auth', body))).toThrow('no key');
  expect(() => new Seal(secret).open('auth', own.close('cheers', body))).toThrow('does not verify');
});

test('progress counts what a subgraph sends that has joined, and auth keeps its audit entries', () => {
  expect(consumersOf('cheers')).toEqual(['progress', 'auth']);
  expect(consumersOf('constructor')).toEqual(['progress', 'auth']);
  expect(consumersOf('auth')).toEqual(['progress']);
});

test('sources are named with commas between, each once', () => {
  expect(sourcesIn({})).toEqual([]);
  expect(sourcesIn({ EVENT_SOURCES: ' cheers, weather-2,,cheers ' })).toEqual(['cheers', 'weather-2']);
});

test.each(['auth', 'Cheers', 'service:1', '1st', 'a b', 'x'.repeat(33), 'cheers,progress'])(
  'EVENT_SOURCES %j is refused',
  (names) => expect(() => sourcesIn({ EVENT_SOURCES: names })).toThrow('no subgraph that can join'),
);

test('a key that is none is refused, and not shown', () => {
  expect(eventKey({ EVENT_KEY: sealKey(secret, 'cheers') })).toMatch(/^[0-9a-f]{64}$/);
  expect(() => eventKey({})).toThrow('EVENT_KEY is missing');
  expect(() => eventKey({ EVENT_KEY: 'not a key' })).toThrow(/^EVENT_KEY is no key of a source.$/);
});
