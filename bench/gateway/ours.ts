import { createPublicKey } from 'node:crypto';
import { startGateway } from '../../gateway/server.ts';
import { openLog } from '../../shared/process/log.ts';
import { openTracing } from '../../shared/process/tracing.ts';
import { asked, serving } from './child.ts';

/** Our gateway through its whole pipeline, every limit on; only the cost limit is higher, as the public schema does not say how long its lists are. */
const key = process.env['BENCH_KEY'] ? createPublicKey(process.env['BENCH_KEY']) : undefined;
// The in-memory subgraphs take the spans too.
const traced = process.env['BENCH_TRACED'];
const [endpoint] = /http:\/\/127\.0\.0\.1:\d+/.exec(asked.supergraph)!;
if (traced) await openTracing({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }, 'gateway', Number(traced));
const gateway = await startGateway({
  host: '127.0.0.1',
  port: 0,
  supergraph: { sdl: asked.supergraph },
  gatewaySecret: 'a secret of the benchmark, long enough for the gateway',
  keys: () => Promise.resolve(key),
  development: false,
  allowedOrigins: [],
  log: openLog('gateway', 'warn'),
  singleFlight: asked.singleFlight,
  costLimit: 100_000,
});
process.on('SIGTERM', () => void gateway.stop().then(() => process.exit(0)));
serving(gateway.url);
