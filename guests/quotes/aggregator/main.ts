import { port, required, secret } from '../../../shared/process/environment.ts';
import { openLog } from '../../../shared/process/log.ts';
import { run } from '../../../shared/process/run.ts';
import { startAggregator } from './aggregator.ts';
import { httpProvider } from './provider.ts';

const { env } = process;
const log = openLog('quotes-aggregator', env['LOG_LEVEL']);

await run(log, async () => {
  const redisUrl = env['REDIS_URL'];
  const { url, stop } = await startAggregator({
    host: env['HOST'] ?? '127.0.0.1',
    port: port(env, 'PORT', 4014),
    secret: secret(env, 'GATEWAY_SECRET', 'what the subgraph shows to be let in'),
    provider: httpProvider(required(env, 'QUOTES_PROVIDER', 'the address that answers quotes as CSV')),
    ...(redisUrl && { redisUrl }),
    log,
  });
  log.info({ url }, 'the aggregator is open');
  return { stop };
});
