import { createServer } from 'node:http';
import { createGatewayRuntime } from '@graphql-hive/gateway';
import { unifiedGraphHandler } from '@graphql-hive/router-runtime';
import { asked, serving } from '../child.ts';

const runtime = createGatewayRuntime({
  supergraph: asked.supergraph,
  logging: false,
  landingPage: false,
  graphiql: false,
  propagateHeaders: {
    fromClientToSubgraphs: ({ request }) => ({ authorization: request.headers.get('authorization') ?? undefined }),
  },
  transportEntries: { '*.http': { options: { deduplicateInflightRequests: asked.singleFlight } } },
  ...(process.env.BENCH_HIVE === 'native' && { unifiedGraphHandler }),
});
const server = createServer(runtime);
server.listen(0, '127.0.0.1', () => serving(`http://127.0.0.1:${server.address().port}/graphql`));
