import { startAlone } from '../../shared/subgraph/alone.ts';
import { flag, port, required, secret, secrets } from '../../shared/process/environment.ts';
import { Seal } from '../../shared/events.ts';
import { remoteKeys } from '../../shared/identity.ts';
import { openLog } from '../../shared/process/log.ts';
import { run } from '../../shared/process/run.ts';
import { startCatalog } from './subgraph.ts';

const { env } = process;
const log = openLog('catalog', env['LOG_LEVEL']);

await run(log, async () => {
  const settings = {
    databaseUrl: required(env, 'DATABASE_URL', "catalog's own PostgreSQL database, postgres://..."),
    gatewaySecret: secret(env, 'GATEWAY_SECRET', 'what the gateway shows to be let in'),
    acceptedGatewaySecrets: secrets(env, 'GATEWAY_SECRETS_ACCEPTED'),
    seal: new Seal(
      secret(env, 'EVENT_SECRET', 'what events are signed with; the same in every subgraph'),
      secrets(env, 'EVENT_SECRETS_ACCEPTED'),
    ),
    keys: remoteKeys(required(env, 'JWKS_URL', 'where auth publishes the keys by which tokens are checked')),
    demo: env['DEMO_DATA'] === 'true',
    readers: flag(env, 'PUBLIC_CATALOG') ? ('everyone' as const) : ('signed in' as const),
    host: env['HOST'] ?? '127.0.0.1',
    port: port(env, 'PORT', 4002),
    log,
  };
  return startAlone('catalog', env, log, (ties) => startCatalog({ ...settings, ...ties }));
});
