/**
 * npm run bench:scale [-- --million | --quick] [--seconds 10]
 *
 * A Redis Cluster of three masters, two processes of auth that relay, 1, 2, 4 and 8 of progress that share its work, and PostgreSQL with fsync off, so
 * that the processes are measured and not the disk. On one machine the rate cannot rise with the processes; what must stay flat is the CPU that an event
 * takes, as processes and as stored players become more.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startRedisCluster } from '../../local/redisCluster.ts';
import { rows } from '../../shared/database/database.ts';
import { authMigrations } from '../../subgraphs/auth/migrations/all.ts';
import { catalogMigrations } from '../../subgraphs/catalog/migrations/all.ts';
import { progressMigrations } from '../../subgraphs/progress/migrations/all.ts';
import { audit } from '../events/audit.ts';
import { benchQuest, count, makeUsers, open, publish, signInMany } from '../events/load.ts';
import { watchLock } from '../events/past.ts';
import { type Process, cpuSeconds, openMachine } from '../events/processes.ts';
import { ownerless } from './ownerless.ts';
import { storePlayers } from './players.ts';

const { values } = parseArgs({
  options: {
    million: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    seconds: { type: 'string', default: '10' },
  },
});
const players = values.quick ? 100_000 : values.million ? 1_000_000 : 10_000_000;
const seconds = Number(values.seconds);
const [active, perTransaction, underWay] = [10_000, 100, 4000];
const say = (text: string) => console.log(text);

await using stack = new AsyncDisposableStack();
// Ctrl-C leaves nothing behind.
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void stack.disposeAsync().finally(() => process.exit(130)));
const cluster = await startRedisCluster();
stack.defer(() => cluster.stop());
const machine = await openMachine({ redisUrl: cluster.url, flags: ['-c', 'fsync=off', '-c', 'max_connections=300'] });
stack.defer(() => machine.stop());

const auths = [await machine.start('auth'), await machine.start('auth')];
await machine.start('catalog');
const replicas: Process[] = [await machine.start('progress')];
const authDb = await open(machine.databases.auth, authMigrations);
const catalogDb = await open(machine.databases.catalog, catalogMigrations);
const progressDb = await open(machine.databases.progress, progressMigrations);
stack.defer(async () => {
  for (const database of [authDb, catalogDb, progressDb]) await database.close();
});
const users = await makeUsers(authDb, active);

let sent = 0;
const signIn = async () => {
  const chosen = Array.from({ length: perTransaction }, (_, n) => users[(sent + n) % users.length]!);
  await signInMany(authDb, chosen);
  sent += chosen.length;
};
const confirmed = async () => sent - (await count(authDb, 'outbox'));
const drained = async () => {
  while ((await confirmed()) < sent) await sleep(100);
};
const define = async (changes: Parameters<typeof benchQuest>[0]) => {
  const quest = benchQuest(changes);
  await publish(catalogDb, [quest]);
  while ((await count(progressDb, `quest where quest_id = '${quest.questId}'`)) === 0) await sleep(50);
  return quest;
};
/** CPU so far, in seconds. */
const used = () => ({
  auth: sum(auths.map((one) => one.cpuSeconds())),
  progress: sum(replicas.map((one) => one.cpuSeconds())),
  postgres: machine.cpuSeconds().postgres,
  redis: sum(cluster.nodes.map((node) => cpuSeconds(node.pid()))),
});
const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

/** As many events as the whole path takes, for some seconds; resolves to the milliseconds of CPU that a thousand of them took. */
async function sustain(what: string, forSeconds = seconds): Promise<number> {
  const [from, cpu, began] = [await confirmed(), used(), performance.now()];
  for (let known = from; performance.now() - began < forSeconds * 1000;)
    if (sent - known < underWay) await signIn();
    else {
      await sleep(50);
      known = await confirmed();
    }
  await drained();
  const [events, elapsed, now] = [sent - from, (performance.now() - began) / 1000, used()];
  const per1000 = Object.fromEntries(
    Object.entries(now).map(([name, at]) => [name, Math.round(((at - cpu[name as keyof typeof cpu]) / events) * 1e6)]),
  );
  const total = sum(Object.values(per1000));
  say(
    `${what.padEnd(20)} ${Math.round(events / elapsed)} events/s   CPU ms per 1000: ${total}, ${JSON.stringify(per1000)}`,
  );
  return total;
}
/** The share of each process is settled by then. */
const settle = () => sleep(4000);

await define({ autoClaim: true, startsAt: '2026-01-01T00:00:00.000Z' });
const won = await define({ trigger: 'MatchWon', streak: 10 });
for (let n = 0; n < active; n += perTransaction) await signIn();
await drained();
await sustain('warm', 3);

const costs = new Map<number, number>();
for (const processes of [1, 2, 4, 8]) {
  while (replicas.length < processes) replicas.push(await machine.start('progress'));
  await settle();
  costs.set(processes, await sustain(`${processes} of progress`));
}

const dead = replicas.pop()!;
const ownerlessSeconds = await ownerless(progressDb, () => dead.kill('SIGKILL'));
say(`killed               its streams had owners again after ${ownerlessSeconds} s`);

while (replicas.length > 2) await replicas.pop()!.kill('SIGTERM');
await settle();
const few = await sustain(`${active} players`);
await storePlayers(progressDb, won, players, say);
// What is read for the first time is read from the disk, and plans are made anew.
await sustain('warm', Math.min(5, seconds));
const many = await sustain(`${players + active} players`);

const lock = watchLock(progressDb);
const publishing = sustain('publishing', 5);
await define({ startsAt: new Date().toISOString() });
await publishing;
const publishHeldMs = await lock.stop();
const { lost, duplicated } = await audit(authDb, progressDb);
const [stored] = await rows<{ n: number }>(progressDb.fork(), 'select count(*)::int as n from player');
say(`in the end           ${sent} events of ${stored!.n} players`);

const ratio = (cost: number, base: number) => Math.round((cost / base) * 100) / 100;
const summary = {
  players,
  cpuPerEventRatio8: ratio(costs.get(8)!, costs.get(1)!),
  cpuPerEventRatio10M: ratio(many, few),
  ownerlessSeconds,
  publishHeldMs10M: publishHeldMs,
  lost,
  duplicated,
};
await stack.disposeAsync();
console.log(JSON.stringify(summary));
process.exitCode = lost + duplicated === 0 ? 0 : 1;
