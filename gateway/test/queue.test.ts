import { until } from '../../shared/testing/harness.ts';
import { Queue } from '../subscriptions/groups/queue.ts';

test('items come in the order they were pushed, even when a later one is ready first', async () => {
  const first = Promise.withResolvers<string>();
  const queue = new Queue<string>(10, () => {});
  queue.push(first.promise);
  queue.push('second');
  const reading = [queue.next(), first.promise.then(() => queue.next())];
  first.resolve('first');
  expect(await Promise.all(reading)).toEqual([
    { value: 'first', done: false },
    { value: 'second', done: false },
  ]);
});

test('a full queue takes no more until something is read', async () => {
  const queue = new Queue<number>(2, () => {});
  expect([queue.push(1), queue.push(2), queue.push(3)]).toEqual([true, true, false]);
  await queue.next();
  expect(queue.push(3)).toBe(true);
});

test('what waits is read before the end', async () => {
  const queue = new Queue<number>(2, () => {});
  queue.push(1);
  queue.end();
  const read: number[] = [];
  for await (const item of queue) read.push(item);
  expect(read).toEqual([1]);
});

test('what waits is read before the error, and after the error is the end', async () => {
  const queue = new Queue<number>(2, () => {});
  queue.push(1);
  queue.end(new Error('cut'));
  expect(await queue.next()).toEqual({ value: 1, done: false });
  await expect(queue.next()).rejects.toThrow('cut');
  expect(await queue.next()).toEqual({ value: undefined, done: true });
});

test('leaving ends a read that waits, tells the source at once, and only once', async () => {
  let left = 0;
  const queue = new Queue<number>(2, () => left++);
  const reading = queue.next();
  const leaving = queue.return();
  expect(left).toBe(1);
  expect(await reading).toEqual({ value: undefined, done: true });
  await leaving;
  queue.end(new Error('late'));
  await queue.return();
  expect(left).toBe(1);
  expect(queue.push(1)).toBe(true);
  expect(await queue.next()).toEqual({ value: undefined, done: true });
});

test('a source that ends by itself is told once too', () => {
  let left = 0;
  const queue = new Queue<number>(2, () => left++);
  queue.end();
  queue.end();
  expect(left).toBe(1);
});

test('what waits is bounded in bytes too, and subgraph is made by reading', async () => {
  const queue = new Queue<{ text: string }>({ items: 100, bytes: 50 }, () => {});
  const heavy = { text: 'x'.repeat(60) };
  expect(queue.push(heavy)).toBe(true);
  await Promise.resolve();
  expect(queue.push({ text: '' })).toBe(false);
  await queue.next();
  expect(queue.push({ text: '' })).toBe(true);
});

test('a reader that does not read for too long is too far behind, however little waits', async () => {
  const queue = new Queue<number>({ items: 100, stallMs: 20 }, () => {});
  queue.push(1);
  await until(() => !queue.push(2), 'it takes no more');
  expect(queue.depth).toBeLessThan(100);
});

test('an item that rejects ends the queue, and what waits behind it is dropped', async () => {
  let left = 0;
  const queue = new Queue<number>(5, () => left++);
  const failing = Promise.withResolvers<number>();
  queue.push(1);
  queue.push(failing.promise);
  queue.push(3);
  expect(await queue.next()).toEqual({ value: 1, done: false });
  const reading = queue.next();
  failing.reject(new Error('not whole'));
  await expect(reading).rejects.toThrow('not whole');
  expect([left, queue.depth, queue.isLeft]).toEqual([1, 0, true]);
  expect(await queue.next()).toEqual({ value: undefined, done: true });
});

test('leaving ends a read whose item is not ready', async () => {
  const queue = new Queue<number>(5, () => {});
  queue.push(new Promise<number>(() => {}));
  const reading = queue.next();
  await queue.return();
  expect(await reading).toEqual({ value: undefined, done: true });
});
