import { startAlone } from '../../shared/subgraph/alone.ts';
import { flag, port, required, secret, secrets } from '../../shared/process/environment.ts';
import { Seal } from '../../shared/events.ts';
import { remoteKeys } from '../../shared/identity.ts';
import { openLog } from '../../shared/process/log.ts';
import { run } from '../../shared/process/run.ts';
import { sourcesIn } from '../../shared/delivery/sources.ts';
import { keptOf } from './operations/kept.ts';
import { startProgress } from './subgraph.ts';

const { env } = process;
const log = openLog('progress', env['LOG_LEVEL']);

await run(log, async () => {
  const settings = {
    databaseUrl: required(env, 'DATABASE_URL', 'it names the PostgreSQL database of this subgraph'),
    host: env['HOST'] ?? '127.0.0.1',
    port: port(env, 'PORT', 4003),
    gatewaySecret: secret(env, 'GATEWAY_SECRET', 'the gateway shows it to be let in'),
    acceptedGatewaySecrets: secrets(env, 'GATEWAY_SECRETS_ACCEPTED'),
    seal: new Seal(
      secret(env, 'EVENT_SECRET', 'it signs the events that travel between subgraphs'),
      secrets(env, 'EVENT_SECRETS_ACCEPTED'),
    ),
    keys: remoteKeys(required(env, 'JWKS_URL', 'it is the address of the public keys of auth')),
    kept: keptOf(env),
    sources: sourcesIn(env),
    webhooks: { allowPrivate: flag(env, 'WEBHOOK_PRIVATE_TARGETS') },
    log,
  };
  return startAlone('progress', env, log, (ties) => startProgress({ ...settings, ...ties }));
});
