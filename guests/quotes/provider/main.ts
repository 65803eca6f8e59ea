import { port } from '../../../shared/process/environment.ts';
import { openLog } from '../../../shared/process/log.ts';
import { run } from '../../../shared/process/run.ts';
import { startProvider } from './provider.ts';

const { env } = process;
const log = openLog('quotes-provider', env['LOG_LEVEL']);

await run(log, () => startProvider({ host: env['HOST'] ?? '127.0.0.1', port: port(env, 'PORT', 4015), log }));
