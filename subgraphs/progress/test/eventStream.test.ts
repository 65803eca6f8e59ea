import { EventStream } from '../events/eventStream.ts';

const all = { type: null, userId: null, from: null, to: null };
const event = (id: string) => ({
  source: 'auth',
  id,
  userId: 'ada',
  type: 'UserSignIn',
  occurredAt: new Date('2026-11-21T12:00:00Z'),
  data: null,
  position: '1.1',
});

test('a reader who waits gets the next one, and its leaving is heard at once', async () => {
  const left: EventStream[] = [];
  const stream = new EventStream(all, (one) => left.push(one));
  const waiting = stream.next();
  stream.push(event('e1'));
  expect((await waiting).value).toMatchObject({ id: 'e1' });
  const forEver = stream.next();
  await stream.return();
  expect(await forEver).toEqual({ value: undefined, done: true });
  expect(left).toEqual([stream]);
});

test('a reader who is too far behind gets what waits, then a word, then the end', async () => {
  const left: EventStream[] = [];
  const stream = new EventStream(all, (one) => left.push(one));
  for (let n = 0; n < 2000; n++) stream.push(event(`e${n}`));
  expect(left).toEqual([stream]);
  for (let n = 0; n < 1000; n++) expect((await stream.next()).value).toMatchObject({ id: `e${n}` });
  await expect(stream.next()).rejects.toMatchObject({ code: 'SUBSCRIPTION_SLOW_CONSUMER' });
  expect(await stream.next()).toEqual({ value: undefined, done: true });
});
