/** Who is measured: a program of this folder and how it is set up. */
export interface Contender {
  /** Its key in the last line. */
  key: string;
  name: string;
  file: string;
  env?: Record<string, string>;
  /** It puts no answer together, so none is checked. */
  isNoGateway?: boolean;
  /** Measured only where it is named. */
  isExtra?: boolean;
}

const shared = { BENCH_SINGLE_FLIGHT: 'true' };

export const contenders: Contender[] = [
  { key: 'ours', name: 'ours', file: 'ours.ts' },
  { key: 'oursSingleFlight', name: 'ours, single-flight', file: 'ours.ts', env: shared },
  { key: 'oursTraced', name: 'ours, 1 % traced', file: 'ours.ts', env: { BENCH_TRACED: '0.01' }, isExtra: true },
  { key: 'stock', name: '@apollo/gateway 2.14.4', file: 'peers/stock.js' },
  {
    key: 'hiveNative',
    name: 'hive 2.15.1 native, single-flight',
    file: 'peers/hive.js',
    env: { BENCH_HIVE: 'native', ...shared },
  },
  { key: 'hiveNativeNoDedupe', name: 'hive 2.15.1 native', file: 'peers/hive.js', env: { BENCH_HIVE: 'native' } },
  { key: 'hive', name: 'hive 2.15.1 JavaScript, single-flight', file: 'peers/hive.js', env: shared },
  { key: 'mercurius', name: 'mercurius 16.10.1', file: 'peers/mercurius/gateway.js' },
  { key: 'limit', name: 'limit: the fetches alone', file: 'limit.ts', isNoGateway: true },
];
