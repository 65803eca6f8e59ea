import { randomUUID } from 'node:crypto';
import { localCarrier } from '../../../shared/delivery/carrierLocal.ts';
import { type EventEnvelope, Seal, sealKey } from '../../../shared/events.ts';
import { streamsOf, usualPartitions } from '../../../shared/delivery/partitions.ts';
import { until } from '../../../shared/testing/harness.ts';
import { type Sender, type Stage, openSender, openStage } from './stage.ts';

/** What comes from a subgraph that progress has never heard of, but that its configuration names. */
describe('events of a subgraph that has joined', () => {
  const carrier = localCarrier();
  let stage: Stage;
  let sender: Sender;
  let stranger: Sender;
  beforeAll(async () => {
    stage = await openStage(carrier, undefined, ['cheers']);
    sender = await openSender('cheers', carrier);
    stranger = await openSender('weather', carrier);
  });
  afterAll(async () => {
    await Promise.all([sender.stop(), stranger.stop()]);
    await stage.stop();
    await carrier.close();
  });

  const event = (more: Partial<EventEnvelope> = {}): EventEnvelope => ({
    ...{ id: randomUUID(), source: 'cheers', type: 'CheerGiven', version: 1, userId: randomUUID() },
    ...{ occurredAt: new Date().toISOString(), data: { to: 'somebody' } },
    ...more,
  });
  const stored = ({ id }: EventEnvelope) => stage.count('event where id = $1', [id]);
  const waiting = async (from: Sender) =>
    (await from.database.fork().execute('select number from outbox')).length as number;

  test('are stored, and confirmed to their outbox', async () => {
    const cheer = event();
    await sender.send(cheer);
    await until(async () => (await stored(cheer)) === 1, 'the event to be stored');
    await until(async () => (await waiting(sender)) === 0, 'the outbox to be empty');
  });

  test.each<[string, Partial<EventEnvelope>, RegExp]>([
    ['a sign-in', { type: 'UserSignIn', data: { timeZone: 'UTC' } }, /type UserSignIn is reserved/],
    ['a quest', { type: 'QuestDefined', userId: null }, /not the id of a user/],
    ['a completion', { type: 'QuestCompleted' }, /type QuestCompleted is reserved/],
    ['what is about nobody', { userId: null }, /does not say which user/],
    ['what is too large', { data: { text: 'x'.repeat(9000) } }, /larger than 8 KiB/],
    ['tomorrow', { occurredAt: new Date(Date.now() + 3_600_000).toISOString() }, /more than 5 minutes ahead/],
  ])('%s is set aside, and its neighbour counts', async (_, fault, reason) => {
    const [wrong, right] = [event(fault), event()];
    await sender.send(wrong, right);
    await until(async () => (await stored(right)) === 1, 'the neighbour to be stored');
    const [letter] = await until(async () => {
      const found = await stage.query<{ error: string }>('select error from dead_letter where event_id = $1', [
        wrong.id,
      ]);
      return found.length > 0 && found;
    }, 'the event to be set aside');
    expect(letter!.error).toMatch(reason);
    expect(await stored(wrong)).toBe(0);
  });

  test('cannot be made with the key of another source', async () => {
    const secret = 'a secret for tests, as long as secrets must be';
    const forged = event({ source: 'auth', type: 'UserSignIn', data: { timeZone: 'UTC' } });
    const sealed = Seal.ofSource('auth', sealKey(secret, 'cheers')).close('auth', JSON.stringify(forged));
    const [position] = await carrier.publish('auth:all', [{ id: '1', sealed }]);
    await until(
      () => stage.count('dead_letter where event_id = $1', [`auth:all ${position}`]),
      'the forgery to be set aside',
    );
    expect(await stored(forged)).toBe(0);
  });

  test('wait in its outbox while the configuration does not name it', async () => {
    const early = event({ source: 'weather', type: 'RainFell' });
    await stranger.send(early);
    await until(
      async () => (await carrier.lengths(streamsOf('weather', usualPartitions))).some((length) => length === 1),
      'the event to be published',
    );
    expect([await stored(early), await waiting(stranger)]).toEqual([0, 1]);
  });
});
