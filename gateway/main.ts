import cluster from 'node:cluster';
import { openLog } from '../shared/process/log.ts';
import { openMeter } from '../shared/process/metrics.ts';
import { run } from '../shared/process/run.ts';
import { openTracing } from '../shared/process/tracing.ts';
import { loadHooks } from './hooks.ts';
import { startGateway } from './server.ts';
import { readFlags, readGateway, settingsOf } from './settings.ts';
import { openSupply } from './supergraph/supply.ts';
import { runWorkers } from './workers.ts';

/** The gateway, over any supergraph: `npm run gateway -- --config gateway.yaml`. */
const log = openLog('gateway', process.env['LOG_LEVEL']);

await run(log, async () => {
  const configuration = readGateway(process.env, readFlags(process.argv.slice(2)));
  const settings = settingsOf(configuration);
  const stopSeconds = 5 + configuration.server.drainMs / 1000;
  const { workers } = configuration.server;
  if (workers > 1 && cluster.isPrimary)
    return runWorkers({ count: workers, stopSeconds, environment: process.env, log });
  const hooks = configuration.hooks === undefined ? {} : await loadHooks(configuration.hooks);
  const supply = await openSupply(configuration, log);
  const meter = await openMeter(process.env, 'gateway');
  const tracing = await openTracing(process.env, 'gateway', configuration.traces.sample);
  const gateway = await supply.serve((supergraph) => startGateway({ ...settings, hooks, supergraph, meter, log }));
  process.on('SIGHUP', () => void gateway.reload());
  log.info({ url: gateway.url, pid: process.pid }, 'the graph is served');
  return {
    async stop() {
      supply.stop();
      await gateway.stop();
      await meter.stop();
      await tracing.stop();
    },
    stopSeconds,
  };
});
