/**
 * npm run fuzz -- [--minutes 10] [--seed N] [--only PART-OF-A-NAME]
 *
 * Searches for operations that ours answers otherwise than graphql-js over the same data, or than Apollo's executor where that is right:
 * every supergraph in turn, in every weather, until the time is over. Prints each difference with what repeats it, and fails if there was one,
 * or if one operation takes longer than half a minute.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Searched } from './searching.ts';

const longestMs = 30_000;

// A thread of its own can be ended whatever it does.
const worker = new Worker(new URL('./searching.ts', import.meta.url), { argv: process.argv.slice(2) });
let current: Searched | undefined;
let began = performance.now();
worker.on('message', (searched: Searched | undefined) => {
  current = searched;
  began = performance.now();
});
const watch = setInterval(() => {
  if (!current || performance.now() - began < longestMs) return;
  console.log(`\n=== ${current.name}; ${current.title}; --seed ${current.seed}: not answered after ${longestMs} ms`);
  console.log(current.text, JSON.stringify(current.variables), JSON.stringify(current.weather));
  clearInterval(watch);
  void worker.terminate();
}, 1000);
const [code] = (await once(worker, 'exit')) as [number];
clearInterval(watch);
process.exitCode = code;
