import { type TestGraph, startTestGraph, tokenFor } from './graph.ts';
import { openGraph } from '../supergraph/graph.ts';
import { noMeter } from '../../shared/process/metrics.ts';
import { Counters } from '../metrics/subscriptionMetrics.ts';
import { compose } from './execution/supergraphs/compose.ts';

let graphs: Record<'questline' | 'apollo', TestGraph>;
beforeAll(async () => {
  graphs = {
    questline: await startTestGraph({ execution: 'questline' }),
    apollo: await startTestGraph({ execution: 'apollo' }),
  };
});
afterAll(async () => {
  await graphs.questline.stop();
  await graphs.apollo.stop();
});

test.each([
  '{ me { id name points fame } }',
  '{ people { name points } things { id title parent { id } } deeds }',
  'query ($times: Int!) { hello(name: "you", times: $times) people { id @skip(if: true) name } }',
  'mutation { rename(name: "Ada II") { id name points } }',
  'mutation { do(thing: "t1") }',
  '{ broken people { id } }',
  '{ __typename __schema { queryType { name } } }',
  '{ nothing }',
])('%s is answered alike by both executions', async (query) => {
  const ask = (graph: TestGraph) => graph.ask(query, { times: 2 }, { authorization: tokenFor('ada') });
  const [ours, theirs] = [await ask(graphs.questline), await ask(graphs.apollo)];
  const essence = ({ status, data, errors }: typeof ours) => ({ status, data, errors });
  expect(essence(theirs)).toEqual(essence(ours));
});

test('a subgraph that is away leaves the data of the others, with both executions', async () => {
  for (const graph of Object.values(graphs)) {
    const back = await graph.leave('deeds');
    const answer = await graph.ask('{ hello(name: "you") me { points } }', {}, { authorization: tokenFor('ada') });
    await back();
    expect(answer.data).toEqual({ hello: 'hello you', me: null });
    expect(answer.errors?.map(({ extensions }) => extensions.code)).toEqual(['SUBGRAPH_UNAVAILABLE']);
  }
});

test('a supergraph whose fields are guarded is not served by the execution that would not guard them', () => {
  const sdl = compose({ a: 'type Query { secret: Int @authenticated }' }).replaceAll(', for: SECURITY', '');
  const open = (execution: 'questline' | 'apollo') =>
    openGraph({ sdl }, () => Promise.resolve({ data: {} }), { development: false, execution }, new Counters(noMeter));
  expect(() => open('apollo')).toThrow('only our own execution enforces');
  expect(open('questline').execution.apiSchema.getQueryType()?.name).toBe('Query');
});
