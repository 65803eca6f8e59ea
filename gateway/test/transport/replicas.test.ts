import type { ServerResponse } from 'node:http';
import { freePort } from '../../../local/ports.ts';
import { until } from '../../../shared/testing/harness.ts';
import { answered, codes, open, startSubgraph, stopAll } from './answering.ts';

afterEach(stopAll);

const well = { data: { ok: true } };
const times = (count: number) => Array.from({ length: count });
const healthy = () => startSubgraph((response) => answered(response));
const dead = async () => `http://127.0.0.1:${await freePort()}/graphql`;

test('requests are shared out among the addresses of a subgraph', async () => {
  const [one, two] = [await healthy(), await healthy()];
  const { ask } = open();
  const url = `${one.url}, ${two.url}`;
  for (const _ of times(10)) expect(await ask(url)).toEqual(well);
  expect([one.count(), two.count()]).toEqual([5, 5]);
});

test('the one that is busy gets no more than the other', async () => {
  const held: ServerResponse[] = [];
  const slow = await startSubgraph((response) => void held.push(response));
  const quick = await healthy();
  const { ask } = open({ timeoutMs: 10_000 });
  const asked = times(2).map(() => ask(`${slow.url},${quick.url}`));
  await until(() => held.length === 1, 'one is held up');
  for (const _ of times(4)) expect(await ask(`${slow.url},${quick.url}`)).toEqual(well);
  expect(slow.count()).toBe(1);
  answered(held[0]!);
  expect(await Promise.all(asked)).toEqual([well, well]);
});

test.each([
  ['queries', true],
  ['mutations', false],
])('%s go to the others while an address cannot be reached', async (_, mayRepeat) => {
  const { url, count } = await healthy();
  const { ask } = open();
  const urls = `${await dead()},${url},${await dead()}`;
  for (const _ of times(6)) expect(await ask(urls, mayRepeat)).toEqual(well);
  expect(count()).toBe(6);
});

test('where no address can be reached the subgraph is unavailable', async () => {
  expect(codes(await open().ask(`${await dead()},${await dead()}`))).toEqual(['SUBGRAPH_UNAVAILABLE']);
});

test('what was cut under way is asked elsewhere when it is a query, and never when it is a mutation', async () => {
  const cutting = await startSubgraph((response) => void response.destroy());
  const other = await healthy();
  const urls = `${cutting.url},${other.url}`;
  const { ask: askOften } = open();
  const answers = await Promise.all(times(4).map(() => askOften(urls)));
  expect([answers, cutting.count() > 0]).toEqual([times(4).map(() => well), true]);
  const before = [cutting.count(), other.count()];
  const { ask } = open();
  const mutations = [await ask(urls, false), await ask(urls, false)];
  expect(mutations.flatMap(codes)).toEqual(['SUBGRAPH_UNAVAILABLE']);
  expect([cutting.count() - before[0]!, other.count() - before[1]!]).toEqual([1, 1]);
});

test('one that does not answer rests, and is asked again after the pause', async () => {
  let isWell = false;
  const sick = await startSubgraph((response) => (isWell ? answered(response) : void response.writeHead(503).end()));
  const other = await healthy();
  const { ask } = open({ circuitBreaker: { failures: 0, pauseMs: 200 } });
  const urls = `${sick.url},${other.url}`;
  await until(async () => {
    expect(await ask(urls)).toEqual(well);
    return sick.count() === 1;
  }, 'it was asked');
  isWell = true;
  await until(async () => {
    expect(await ask(urls, false)).toEqual(well);
    return sick.count() > 2;
  }, 'it is asked again');
});

test('one that ends its connections is left in peace', async () => {
  const leaving = await startSubgraph((response) => {
    response.setHeader('connection', 'close');
    answered(response);
  });
  const other = await healthy();
  const { ask } = open();
  for (const _ of times(8)) expect(await ask(`${leaving.url},${other.url}`, false)).toEqual(well);
  expect([leaving.count(), other.count()]).toEqual([1, 7]);
});
