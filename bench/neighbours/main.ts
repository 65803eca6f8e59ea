import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, openClient } from '../client.ts';
import { freePort } from '../../local/ports.ts';
import { openSystem, quantile } from '../system.ts';
import { attacks } from './attacks.ts';
import { doorAttacks } from './doorAttacks.ts';

/** `npm run bench:neighbours`: each heavy attack in a loop beside 20 honest players, who should hardly notice. */
const players = 20;
const attackers = 8;
const seconds = Number(process.env['BENCH_SECONDS'] ?? 4);
const playing =
  '{ me { id name wallet { gold diamonds } quests { streak remaining quest { title rewards { item quantity } } } } }';

const grpcPort = await freePort();
const system = await openSystem({
  ...{ TRUSTED_PROXIES: '127.0.0.1', OPERATIONS: 'operations', GRPC_PORT: String(grpcPort) },
});
let errors = 0;
let worstP99Ms = 0;
try {
  const honest = openClient(system.url, players);
  const hostile = openClient(system.url, attackers);
  const tokens = await Promise.all(Array.from({ length: players }, (_, n) => enter(honest, n)));
  const token = await enter(hostile, players);
  const all = [...attacks, ...doorAttacks(grpcPort)].filter(([name]) => name.includes(process.env['BENCH_ONLY'] ?? ''));
  await beside(honest, hostile, tokens, async () => sleep(50)); // warms up
  errors = 0;
  const calm = await beside(honest, hostile, tokens, async () => sleep(50));
  console.log(`${pad('nobody attacks')} p99 ${calm.p99.toFixed(0)} ms of ${calm.count}`);
  for (const [name, blow] of all) {
    const { p99, count, blows } = await beside(honest, hostile, tokens, (client, count) => blow(client, count, token));
    worstP99Ms = Math.max(worstP99Ms, p99);
    console.log(`${pad(name)} p99 ${p99.toFixed(0)} ms of ${count}, beside ${blows} attacks`);
  }
  await Promise.all([honest.close(), hostile.close()]);
} finally {
  await system.stop();
}
// The last line, once everything has stopped.
console.log(JSON.stringify({ worstP99Ms: Math.round(worstP99Ms), errors }));

async function enter(client: Client, n: number): Promise<string> {
  const deviceId = `neighbour number ${n} of the bench`;
  const { body } = await client.ask(
    'mutation ($input: GuestSignInInput!) { signInAsGuest(input: $input) { accessToken } }',
    { input: { deviceId } },
  );
  return (body.data!['signInAsGuest'] as { accessToken: string }).accessToken;
}

/** The players' p99 while attackers strike as often as they can. */
async function beside(
  honest: Client,
  hostile: Client,
  tokens: readonly string[],
  blow: (client: Client, count: number) => Promise<unknown>,
) {
  const times: number[] = [];
  let blows = 0;
  const end = performance.now() + seconds * 1000;
  const player = async (token: string) => {
    while (performance.now() < end) {
      const began = performance.now();
      const { status, body } = await honest.ask(playing, {}, token);
      times.push(performance.now() - began);
      if (status !== 200 || body.errors || !body.data?.['me']) errors++;
      await sleep(40 + Math.random() * 20); // people look before they touch
    }
  };
  const attacker = async () => {
    while (performance.now() < end) await blow(hostile, ++blows).catch(() => {});
  };
  await Promise.all([...tokens.map(player), ...Array.from({ length: attackers }, attacker)]);
  times.sort((a, b) => a - b);
  return { p99: quantile(times, 0.99), count: times.length, blows };
}

function pad(text: string): string {
  return text.slice(0, 48).padEnd(48);
}
