import { openRedisCarrier } from '../shared/carrierRedis.ts';
import { port, required, secret } from '../shared/environment.ts';
import { Seal } from '../shared/events.ts';
import { remoteKeys } from '../shared/identity.ts';
import { openLog } from '../shared/log.ts';
import { openMeter } from '../shared/metrics.ts';
import { run } from '../shared/run.ts';
import { startProgress } from './room.ts';

const { env } = process;
const log = openLog('progress', env['LOG_LEVEL']);

await run(log, async () => {
  const settings = {
    databaseUrl: required(env, 'DATABASE_URL', 'it names the PostgreSQL database of this room'),
    host: env['HOST'] ?? '127.0.0.1',
    port: port(env, 'PORT', 4003),
    gatewaySecret: secret(env, 'GATEWAY_SECRET', 'the gateway shows it to be let in'),
    seal: new Seal(secret(env, 'EVENT_SECRET', 'it signs the events that travel between rooms')),
    keys: remoteKeys(required(env, 'JWKS_URL', 'it is the address of the public keys of auth')),
  };
  const redisUrl = required(
    env,
    'REDIS_URL',
    'a room that runs alone gets its events by Redis; all rooms in one process need none: npm start',
  );
  const meter = await openMeter(env, 'progress');
  const carrier = await openRedisCarrier(redisUrl, log);
  const room = await startProgress({ ...settings, carrier, meter, log }).catch(async (error: unknown) => {
    await carrier.close();
    throw error;
  });
  log.info({ url: room.url }, 'progress is open');
  return {
    async stop() {
      await room.stop();
      await carrier.close();
      await meter.stop();
    },
  };
});
