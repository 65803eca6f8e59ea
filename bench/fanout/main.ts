/**
 * npm run bench:fanout -- --sockets 10000 --rate 200 --seconds 20 [--profile FOLDER]
 *
 * From the completion to the frame in the client: every part a process of its own, PostgreSQL with fsync. Each socket is another player. Completions
 * come from sign-ins in auth's outbox; their time is when their popup was written, which is before its COMMIT. What the tables say is
 * compared with what the sockets heard: whatever is missing is lost, whatever is about another player is foreign. With --rate 0 all stay idle.
 */
import { parseArgs } from 'node:util';
import { authMigrations } from '../../subgraphs/auth/migrations/all.ts';
import { openTokens } from '../../subgraphs/auth/sessions/tokens.ts';
import { progressMigrations } from '../../subgraphs/progress/migrations/all.ts';
import { rows } from '../../shared/database/database.ts';
import { cursorOf } from '../../shared/subgraph/paging.ts';
import { count, makeUsers, open, signInMany } from '../events/load.ts';
import { openMachine } from '../events/processes.ts';
import { type GatewayProcess, startGatewayProcess } from './gateway.ts';
import { type Heard, type Listeners, startListeners } from './listeners.ts';

const { values } = parseArgs({
  options: {
    sockets: { type: 'string', default: '10000' },
    rate: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '20' },
    profile: { type: 'string' },
  },
});
const [sockets, rate, seconds] = [Number(values.sockets), Number(values.rate), Number(values.seconds)];
const perProcess = 5000;
/** Until every program has run its paths a few times. */
const warmUpSeconds = 3;
const say = (text: string) => console.log(text);
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
if (values.profile) process.env['PROFILE'] = values.profile;

const machine = await openMachine();
const listeners: Listeners[] = [];
let gateway: GatewayProcess | undefined;
/** Printed once everything has stopped, so that it is the last line. */
let summary: Record<string, number>;
try {
  const auth = await machine.start('auth');
  const catalog = await machine.start('catalog');
  const progress = await machine.start('progress');
  const authDb = await open(machine.databases.auth, authMigrations);
  const progressDb = await open(machine.databases.progress, progressMigrations);
  gateway = await startGatewayProcess(
    {
      SUPERGRAPH: 'supergraph.yaml',
      GATEWAY_SECRET: machine.secrets.gatewaySecret,
      JWKS_URL: auth.url.replace('/graphql', '/.well-known/jwks.json'),
      ROUTING_URL_AUTH: auth.url,
      ROUTING_URL_CATALOG: catalog.url,
      ROUTING_URL_PROGRESS: progress.url,
      CONNECTIONS_PER_ADDRESS: '100000',
      STRANGERS_PER_ADDRESS: '1000',
    },
    values.profile,
  );
  const { signAccess } = openTokens(machine.secrets.signingKey);
  const tokenOf = (userId: string, roles: ('PLAYER' | 'OPERATOR')[]) => {
    const issuedAt = new Date();
    return signAccess({
      userId,
      sessionId: userId,
      roles,
      issuedAt,
      expiresAt: new Date(issuedAt.getTime() + 900_000),
    });
  };
  const userIds = await makeUsers(authDb, sockets);
  await createQuest(gateway.url, tokenOf(userIds[0]!, ['OPERATOR']));
  while ((await count(progressDb, 'quest')) < 1) await sleep(50);
  await sleep(1000);

  const memoryBefore = gateway.memory();
  const began = performance.now();
  const players = userIds.map((userId) => ({
    userId,
    token: tokenOf(userId, ['PLAYER']),
    after: cursorOf(`popups-${userId}`, '0'),
  }));
  for (let from = 0; from < sockets; from += perProcess)
    listeners.push(await startListeners(gateway.url, players.slice(from, from + perProcess), listeners.length));
  const connectSeconds = (performance.now() - began) / 1000;
  await sleep(5000);
  const memory = gateway.memory();
  const bytesPerSocket = Math.round((memory - memoryBefore) / sockets);
  say(
    `connected            ${sockets} sockets in ${connectSeconds.toFixed(1)} s, ${listeners.length} client processes, ${gateway.openFiles} files allowed`,
  );
  say(
    `gateway              ${mebi(memoryBefore)} MiB before, ${mebi(memory)} MiB with idle subscribers: ${bytesPerSocket} bytes per socket`,
  );

  const cpu = () => ({
    gateway: gateway!.cpuSeconds(),
    auth: auth.cpuSeconds(),
    catalog: catalog.cpuSeconds(),
    progress: progress.cpuSeconds(),
    ...machine.cpuSeconds(),
  });
  const signIn = (some: string[]) => signInMany(authDb, some);
  await drive(signIn, userIds, warmUpSeconds);
  await sleep(2000);
  const before = cpu();
  const driven = performance.now();
  const measuredFrom = Date.now();
  await drive(signIn, userIds, seconds);
  const took = (performance.now() - driven) / 1000;
  await sleep(rate > 0 ? 2000 : seconds * 1000);
  const used = Object.entries(cpu()).map(([name, now]) => [
    name,
    Math.round(((now - before[name as keyof typeof before]) / took) * 100),
  ]);
  if (rate > 0) say(`CPU of one core, %   ${JSON.stringify(Object.fromEntries(used))}`);

  const heard = await Promise.all(listeners.map((each) => each.report()));
  const popups = await rows<{ user_id: string; seq: string; at: number }>(
    progressDb.fork(),
    'select user_id, seq, extract(epoch from created_at)::float8 * 1000 as at from popup',
  );
  const result = compare(popups, heard, userIds, measuredFrom);
  for (const { closed } of heard)
    if (Object.keys(closed).length > 0) say(`closed               ${JSON.stringify(closed)}`);
  say(`popups               ${popups.length} written, ${result.frames} frames, ${result.repeated} of them repeated`);
  const { latencies, lost, foreign } = result;
  const at = (part: number) => Math.round((latencies[Math.floor(latencies.length * part)] ?? 0) * 10) / 10;
  say(`commit to frame      p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, p99 ${at(0.99)} ms, at most ${at(0.99999)} ms`);
  const completionsPerSecond = Math.round((rate * seconds) / took);
  summary = { sockets, completionsPerSecond, p50Ms: at(0.5), p99Ms: at(0.99), lost, foreign, bytesPerSocket };
  process.exitCode = lost + foreign === 0 ? 0 : 1;
  for (const database of [authDb, progressDb]) await database.close();
} finally {
  for (const each of listeners) each.stop();
  await gateway?.stop();
  await machine.stop();
}
console.log(JSON.stringify(summary));

/** Sign-ins at a steady rate, of one player after the other; each completes the quest. */
async function drive(signIn: (userIds: string[]) => Promise<void>, userIds: string[], seconds: number): Promise<void> {
  const tickMs = 20;
  const began = performance.now();
  let sent = 0;
  while (sent < rate * seconds) {
    const due = Math.min(Math.floor(((performance.now() - began) * rate) / 1000), rate * seconds);
    const some = Array.from({ length: due - sent }, (_, n) => userIds[(sent + n) % userIds.length]!);
    if (some.length > 0) await signIn(some);
    sent += some.length;
    await sleep(tickMs);
  }
}

function compare(
  popups: { user_id: string; seq: string; at: number }[],
  heard: Heard[],
  userIds: string[],
  from: number,
) {
  const key = (userId: string, seq: number | string) => `${userId} ${seq}`;
  const written = new Map(popups.map(({ user_id, seq, at }) => [key(user_id, seq), at]));
  const latencies: number[] = [];
  const arrived = new Set<string>();
  let [frames, foreign] = [0, 0];
  heard.forEach((each, process) => {
    foreign += each.foreign;
    for (const [player, seq, at] of each.arrivals) {
      frames++;
      const one = key(userIds[process * perProcess + player]!, seq);
      if (arrived.has(one)) continue;
      arrived.add(one);
      if (written.get(one)! >= from) latencies.push(at - written.get(one)!);
    }
  });
  latencies.sort((a, b) => a - b);
  return { latencies, frames, foreign, repeated: frames - arrived.size, lost: written.size - arrived.size };
}

async function createQuest(url: string, token: string): Promise<void> {
  const input = {
    name: 'every-sign-in',
    title: 'Every sign-in',
    trigger: 'UserSignIn',
    streak: 1,
    duplication: 1000,
    rewards: [{ item: 'DIAMOND', quantity: 1 }],
  };
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({
      query: 'mutation ($input: QuestInput!) { createQuest(input: $input) { id } }',
      variables: { input },
    }),
  });
  const { errors } = (await response.json()) as { errors?: unknown };
  if (errors) throw new Error(JSON.stringify(errors));
}

function mebi(bytes: number): number {
  return Math.round(bytes / 1024 / 1024);
}
