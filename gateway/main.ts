import { openLog } from '../shared/log.ts';
import { openMeter } from '../shared/metrics.ts';
import { run } from '../shared/run.ts';
import { startGateway } from './server.ts';
import { readSettings } from './settings.ts';

const log = openLog('gateway', process.env['LOG_LEVEL']);

await run(log, async () => {
  const settings = readSettings(process.env);
  const meter = await openMeter(process.env, 'gateway');
  const gateway = await startGateway({ ...settings, meter, log });
  process.on('SIGHUP', () => gateway.reload());
  log.info({ url: gateway.url }, 'the graph is served');
  return {
    async stop() {
      await gateway.stop();
      await meter.stop();
    },
    stopSeconds: 5 + (settings.timing?.drainMs ?? 0) / 1000,
  };
});
