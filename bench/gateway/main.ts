/**
 * npm run bench:gateway [-- --seconds 5] [--rounds 3] [--only ours,stock,limit] [--load heavy|small]
 *
 * Gateways over the same in-memory subgraphs, each a process of its own, asked in interleaved rounds; every answer is checked. The first load is
 * the heavy query of the public gateways benchmark, the second small queries of a game client over our own graph.
 */
import { existsSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { contenders } from './contenders.ts';
import { heavyLoad, smallLoad } from './loads.ts';
import { measure, table } from './rounds.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '3' },
    only: { type: 'string' },
    load: { type: 'string' },
  },
});
const chosen = contenders.filter(({ key, isExtra }) => (values.only ? values.only.split(',').includes(key) : !isExtra));
const folders = new Set(chosen.map(({ file }) => dirname(join(import.meta.dirname, file))));
for (const folder of folders)
  if (existsSync(join(folder, 'package.json')) && !existsSync(join(folder, 'node_modules')))
    execFileSync('npm', ['ci', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund'], {
      stdio: 'inherit',
    });

const [rounds, seconds] = [Number(values.rounds), Number(values.seconds)];
const figures: Record<string, number> = {};
if (values.load !== 'small') {
  const results = await measure(heavyLoad, chosen, rounds, seconds);
  console.log(table(heavyLoad.title, results));
  for (const { contender, rate, cpuMs } of results) {
    figures[contender.key] = Math.round(rate);
    if (contender.key === 'ours') figures['cpuMsOurs'] = Number(cpuMs.toFixed(3));
    if (contender.key === 'limit') figures['cpuMsLimit'] = Number(cpuMs.toFixed(3));
  }
}
if (values.load !== 'heavy') {
  const both = chosen.filter(({ key }) => ['ours', 'oursSingleFlight', 'oursTraced', 'stock'].includes(key));
  const results = await measure(smallLoad, both, rounds, seconds);
  console.log(table(smallLoad.title, results));
  const rateOf = (key: string) => results.find(({ contender }) => contender.key === key)?.rate;
  const [ours, stock] = [rateOf('ours'), rateOf('stock')];
  if (ours !== undefined) figures['smallOurs'] = Math.round(ours);
  if (stock !== undefined) figures['smallStock'] = Math.round(stock);
}
// Every process has ended by now, so nothing is written after this line.
console.log(JSON.stringify(figures));
