import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { StartRefusal, port } from '../shared/environment.ts';
import { remoteKeys } from '../shared/identity.ts';
import { openLog } from '../shared/log.ts';
import { run } from '../shared/run.ts';
import { limits } from './limits/limits.ts';
import { startGateway } from './server.ts';
import type { SupergraphSource } from './supergraph/supergraph.ts';

/** The gateway alone, over any supergraph: `npm run gateway -- --supergraph FILE [--port 4000] [--cost 1000] [--development]`. */
const log = openLog('gateway', process.env['LOG_LEVEL']);

await run(log, async () => {
  const { supergraph, ...given } = readArguments();
  const jwks = process.env['JWKS_URL'];
  const gateway = await startGateway({
    host: '127.0.0.1',
    port: port({ port: given.port }, 'port', 4000),
    supergraph: readSupergraph(supergraph),
    gatewaySecret: process.env['GATEWAY_SECRET'] ?? randomBytes(32).toString('hex'),
    // Without an issuer nobody's token can be checked, and a request with one is refused.
    keys: jwks ? remoteKeys(jwks) : () => Promise.resolve(undefined),
    development: given.development,
    costLimit: Number(given.cost),
    allowedOrigins: [],
    log,
  });
  log.info({ url: gateway.url }, 'the graph is served');
  return gateway;
});

function readArguments() {
  const options = {
    supergraph: { type: 'string' },
    port: { type: 'string', default: '4000' },
    cost: { type: 'string', default: String(limits.cost) },
    development: { type: 'boolean', default: false },
  } as const;
  try {
    const { supergraph, ...values } = parseArgs({ options }).values;
    if (supergraph && /^\d+$/.test(values.cost)) return { supergraph, ...values };
  } catch {
    // The usage says it better than the parser.
  }
  throw new StartRefusal(
    'The supergraph is missing, or an option is not as it must be.',
    'Usage: npm run gateway -- --supergraph FILE [--port 4000] [--cost 1000] [--development]',
  );
}

/** A composed schema, or a file in Rover's format that names the schemas to compose. */
function readSupergraph(file: string): SupergraphSource {
  if (/\.ya?ml$/.test(file)) return { file };
  try {
    return { sdl: readFileSync(file, 'utf8') };
  } catch (error) {
    throw new StartRefusal(
      `${file} cannot be read (${(error as NodeJS.ErrnoException).code}).`,
      'Name a composed supergraph, or a supergraph.yaml.',
    );
  }
}
