import { openLog } from '../shared/log.ts';
import { openMeter } from '../shared/metrics.ts';
import { run } from '../shared/run.ts';
import { openTracing } from '../shared/tracing.ts';
import { startGateway } from './server.ts';
import { readFlags, readGateway, settingsOf } from './settings.ts';
import { openSupply } from './supergraph/supply.ts';

/** The gateway, over any supergraph: `npm run gateway -- --config gateway.yaml`. */
const log = openLog('gateway', process.env['LOG_LEVEL']);

await run(log, async () => {
  const configuration = readGateway(process.env, readFlags(process.argv.slice(2)));
  const settings = settingsOf(configuration);
  const supply = await openSupply(configuration, log);
  const meter = await openMeter(process.env, 'gateway');
  const tracing = await openTracing(process.env, 'gateway', configuration.traces.sample);
  const gateway = await supply.serve((supergraph) => startGateway({ ...settings, supergraph, meter, log }));
  process.on('SIGHUP', () => gateway.reload());
  log.info({ url: gateway.url }, 'the graph is served');
  return {
    async stop() {
      supply.stop();
      await gateway.stop();
      await meter.stop();
      await tracing.stop();
    },
    stopSeconds: 5 + configuration.server.drainMs / 1000,
  };
});
