import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { prepare } from './prepare.ts';
import { randomOf } from './random.ts';
import { type Scenario, runScenario } from './scenario.ts';
import { scenarios } from './scenarios/all.ts';
import { type System, startSystem } from './system.ts';

/**
 * `npm run faults`: real processes are killed, stores are lost, and after each fault everything that must hold is asked.
 * `--scenario NAME` runs those whose names contain NAME, `--seed N` repeats a run, `--minutes N` draws scenarios at random for so long.
 */
const { values } = parseArgs({
  options: { scenario: { type: 'string' }, seed: { type: 'string' }, minutes: { type: 'string' } },
});
const seed = Number(values.seed ?? randomInt(1_000_000));
const chosen = scenarios.filter(({ name }) => name.includes(values.scenario ?? ''));
if (chosen.length === 0 || !Number.isInteger(seed)) {
  console.error(`Nothing to run. The scenarios are:\n${scenarios.map(({ name }) => `  ${name}`).join('\n')}`);
  process.exit(2);
}

let system: System | undefined;
// Ctrl-C leaves nothing behind.
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => void Promise.resolve(system?.stop()).finally(() => process.exit(130)));
let passed = 0;
const failures: string[] = [];
const random = randomOf(seed);
console.log(`seed ${seed}`);

async function run(on: System, scenario: Scenario): Promise<void> {
  const own = Math.floor(random() * 2 ** 31);
  console.log(`\n${scenario.name}  (seed ${own})`);
  const { faults, seconds } = await runScenario(on, scenario, own, console.log);
  for (const fault of faults) console.log(`    NOT   ${fault}`);
  console.log(`  ${faults.length === 0 ? 'passed' : 'FAILED'} after ${seconds.toFixed(1)} s`);
  if (faults.length === 0) passed++;
  else failures.push(scenario.name);
}

for (const place of ['server', 'cluster'] as const) {
  const some = chosen.filter(({ on = 'server' }) => on === place);
  if (some.length === 0) continue;
  system = await startSystem(place);
  try {
    await prepare(system);
    const until = performance.now() + Number(values.minutes ?? 0) * 60_000;
    if (values.minutes) while (performance.now() < until) await run(system, some[Math.floor(random() * some.length)]!);
    else for (const scenario of some) await run(system, scenario);
  } finally {
    await system.stop();
  }
}
if (failures.length > 0) console.log(`\nFailed: ${failures.join(', ')}. Repeat with --seed ${seed}`);
console.log(`${passed} passed, ${failures.length} failed`);
process.exit(failures.length === 0 ? 0 : 1);
