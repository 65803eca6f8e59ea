/**
 * npm run profile:gateway [-- --seconds 10] [--load heavy|small] [--single-flight]
 *
 * Writes a CPU profile of our gateway under load to .questline/gateway.cpuprofile (Chrome's developer tools open it) and names the functions and
 * the packages that took most of the time.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { checker, put } from './load.ts';
import { heavyLoad, smallLoad } from './loads.ts';
import { start } from './processes.ts';

interface Profile {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number } }[];
  samples: number[];
  timeDeltas: number[];
}

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    load: { type: 'string', default: 'heavy' },
    'single-flight': { type: 'boolean', default: false },
  },
});
const load = values.load === 'small' ? smallLoad : heavyLoad;
const file = resolve('.questline/gateway.cpuprofile');
mkdirSync('.questline', { recursive: true });
const subgraphs = await start(load.subgraphs);
const gateway = await start('ours.ts', {
  ...load.env,
  BENCH_SUPERGRAPH: load.supergraph(subgraphs.url),
  BENCH_SINGLE_FLIGHT: String(values['single-flight']),
});
const target = { url: gateway.url, check: checker('ours', load.expected) };
await put(target, load.questions, 4); // until V8 has compiled what matters
const before = await gateway.ask('profile');
const { requests } = await put(target, load.questions, Number(values.seconds));
const { cpuMs } = await gateway.ask({ profileTo: file });
await gateway.stop();
await subgraphs.stop();

const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(file, 'utf8')) as Profile;
const self = new Map<number, number>();
samples.forEach((id, i) => self.set(id, (self.get(id) ?? 0) + timeDeltas[i]!));

/** Microseconds by whatever names a call frame, most first; the time in which nothing ran is left out. */
function ranked(nameOf: (frame: Profile['nodes'][number]['callFrame']) => string): [string, number][] {
  const sums = new Map<string, number>();
  for (const { id, callFrame } of nodes) {
    if (callFrame.functionName === '(idle)') continue;
    const name = nameOf(callFrame);
    sums.set(name, (sums.get(name) ?? 0) + (self.get(id) ?? 0));
  }
  return [...sums].sort((a, b) => b[1] - a[1]);
}
const place = (url: string) => url.replace(/^file:\/\//, '').replace(`${process.cwd()}/`, '');
const packageOf = (url: string) =>
  /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? (place(url).split('/').slice(0, 2).join('/') || 'V8');

function show(title: string, rows: [string, number][], top: number): void {
  const total = rows.reduce((sum, [, time]) => sum + time, 0);
  console.log(`\n${title}`);
  for (const [name, time] of rows.slice(0, top))
    console.log(`${((time / total) * 100).toFixed(1).padStart(6)} %  ${name}`);
}
console.log(
  `${load.title}: ${requests} requests, ${((cpuMs - before.cpuMs) / requests).toFixed(3)} ms of CPU each (while profiled)`,
);
show(
  'Functions',
  ranked(({ functionName, url, lineNumber }) => `${functionName || '(anonymous)'}  ${place(url)}:${lineNumber + 1}`),
  10,
);
show(
  'Packages',
  ranked(({ url, functionName }) => (functionName === '(garbage collector)' ? functionName : packageOf(url))),
  10,
);
console.log(`\n${file}`);
