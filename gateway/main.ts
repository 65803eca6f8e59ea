import { openLog } from '../subgraphs/shared/log.ts';
import { run } from '../subgraphs/shared/run.ts';
import { startGateway } from './server.ts';
import { readSettings } from './settings.ts';

const log = openLog('gateway', process.env['LOG_LEVEL']);

await run(log, async () => {
  const gateway = await startGateway({ ...readSettings(process.env), log });
  process.on('SIGHUP', () => gateway.reload());
  log.info({ url: gateway.url }, 'the graph is served');
  return gateway;
});
