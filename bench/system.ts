import { type Process, openMachine } from './events/processes.ts';

/** The whole system, each subgraph and the gateway a process of its own, as in production but for the demo users. */
export async function openSystem(
  gatewayEnvironment: Record<string, string> = {},
  progressEnvironment: Record<string, string> = {},
) {
  const machine = await openMachine();
  const demo = { DEMO_DATA: 'true' };
  const auth = await machine.start('auth', demo);
  const [catalog, progress] = await Promise.all([
    machine.start('catalog', demo),
    machine.start('progress', progressEnvironment),
  ]);
  const gateway = await machine.start('gateway', {
    ROUTING_URL_AUTH: auth.url,
    ROUTING_URL_CATALOG: catalog.url,
    ROUTING_URL_PROGRESS: progress.url,
    ...gatewayEnvironment,
  });
  const processes: Record<string, Process> = { auth, catalog, progress, gateway };
  const ownSeconds = () => (process.cpuUsage().user + process.cpuUsage().system) / 1e6;
  return {
    url: gateway.url,
    databases: machine.databases,
    processes,
    /** CPU used so far by all that takes part, in seconds; `driver` is the process that asks. */
    cpuSeconds: (): Record<string, number> => ({
      ...Object.fromEntries(Object.entries(processes).map(([name, one]) => [name, one.cpuSeconds()])),
      ...machine.cpuSeconds(),
      driver: ownSeconds(),
    }),
    stop: () => machine.stop(),
  };
}

/** The value below which this share of the sorted values lies. */
export const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
