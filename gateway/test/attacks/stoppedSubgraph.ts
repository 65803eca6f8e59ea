import { join } from 'node:path';
import { loadOperations } from '../../operations/operations.ts';
import { type TestGraph, startTestGraph, tokenFor } from '../graph.ts';
import { json, send } from '../request.ts';
import type { BadInput } from './badInput.ts';
import { callRaw } from './grpcCalls.ts';
import type { Got } from './stage.ts';

/** On a graph of its own, whose stream has lost its subgraph and does not wait for it long. */
async function onStopped<T>(ask: (graph: TestGraph) => Promise<T>): Promise<T> {
  const operations = loadOperations(join(import.meta.dirname, '../operations'));
  const graph = await startTestGraph({ operations, grpc: { port: 0 }, timing: { patienceMs: 500 } });
  const comeBack = await graph.leave('deeds');
  try {
    return await ask(graph);
  } finally {
    await comeBack();
    await graph.stop();
  }
}

/** All that an event stream says until it ends, and the codes in it. */
async function heard(url: string, sent: Parameters<typeof send>[1]): Promise<Got> {
  const got = await send(url, sent);
  return { ...got, codes: [...got.text.matchAll(/"code":"(\w+)"/g)].map(([, code]) => code!) };
}

const ada = () => ({ authorization: tokenFor('ada') });
const query = 'subscription { told { cursor } }';

export const stoppedSubgraph: Record<string, BadInput> = {
  'a stream of a subgraph that is away': {
    rest: () => onStopped(({ url }) => heard(url, { method: 'GET', path: '/told', headers: ada() })),
    grpc: () => onStopped(({ gateway }) => callRaw(gateway.grpcPort!, '/test.v1.People/Listen', { headers: ada() })),
    graphql: () =>
      onStopped(({ url }) =>
        heard(url, { headers: { ...json, ...ada(), accept: 'text/event-stream' }, body: JSON.stringify({ query }) }),
      ),
  },
};
