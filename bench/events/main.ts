/**
 * npm run bench:events [-- --seconds 20] [--backlog 100000] [--curve]
 *
 * From the committed sign-in to its committed effect: auth's outbox, relay, Redis, progress; separate processes, fsync on. The driver keeps a few
 * thousand events under way, so the rate is what the whole path sustains. Loss and duplicates are counted from the tables at the end.
 */
import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import { authMigrations } from '../../subgraphs/auth/migrations/all.ts';
import { openTokens } from '../../subgraphs/auth/sessions/tokens.ts';
import { catalogMigrations } from '../../subgraphs/catalog/migrations/all.ts';
import { progressMigrations } from '../../subgraphs/progress/migrations/all.ts';
import { rows } from '../../shared/database/database.ts';
import { audit } from './audit.ts';
import { measureCurve } from './curve.ts';
import { benchQuest, count, makeUsers, open, publish, signInMany } from './load.ts';
import { type Process, openMachine } from './processes.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '20' },
    backlog: { type: 'string', default: '100000' },
    users: { type: 'string', default: '20000' },
    curve: { type: 'boolean', default: false },
    /** Those of the curve, separated by commas; all unless it is given. */
    shapes: { type: 'string' },
    statements: { type: 'boolean', default: false },
  },
});
const seconds = Number(values.seconds);
const perTransaction = 100;
const underWay = 4000;

const machine = await openMachine();
const say = (text: string) => console.log(text);
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Printed once everything has stopped, so that it is the last line. */
let summary: Record<string, number>;
try {
  const auth = await machine.start('auth');
  await machine.start('catalog');
  let progress = await machine.start('progress');
  const authDb = await open(machine.databases.auth, authMigrations);
  const catalogDb = await open(machine.databases.catalog, catalogMigrations);
  const progressDb = await open(machine.databases.progress, progressMigrations);
  const users = await makeUsers(authDb, Number(values.users));
  let sent = 0;
  const applied = () => count(progressDb, `event where source = 'auth'`);
  const someUsers = () => Array.from({ length: perTransaction }, (_, n) => users[(sent + n * 7919) % users.length]!);
  const signIn = async () => {
    const chosen = someUsers();
    sent += chosen.length;
    await signInMany(authDb, chosen);
  };
  /** Cheaper to ask than `applied`, which would itself be a load: what has left the outbox is confirmed, and so it is applied. */
  const confirmed = async () => sent - (await count(authDb, 'outbox'));
  const drained = async () => {
    while ((await confirmed()) < sent) await sleep(100);
  };

  /** Events per second over some seconds, with the CPU that each part took per thousand events. */
  const sustain = async (forSeconds: number, during?: () => Promise<unknown>) => {
    const before = { applied: await applied(), cpu: cpu(auth, progress), at: performance.now() };
    let running = true;
    const driving = (async () => {
      let known = before.applied;
      while (running) {
        if (sent - known < underWay) await signIn();
        else {
          await sleep(100);
          known = await confirmed();
        }
      }
    })();
    const aside = during?.();
    await sleep(forSeconds * 1000);
    const events = (await applied()) - before.applied;
    const elapsed = (performance.now() - before.at) / 1000;
    const used = cpu(auth, progress);
    running = false;
    await driving;
    const result = await aside;
    await drained();
    const per1000 = Object.fromEntries(
      Object.entries(used).map(([name, now]) => [
        name,
        Math.round(((now - before.cpu[name as keyof typeof used]) / events) * 1e6),
      ]),
    );
    return { rate: Math.round(events / elapsed), per1000, result };
  };
  /** Events per second of other sign-ins, as fast as they are confirmed, for some seconds or until something else has ended. */
  const rateOf = async (until: number | Promise<unknown>, signIn: () => Promise<number>, atMost = Infinity) => {
    const [began, before] = [performance.now(), await applied()];
    let running = true;
    const ending = (typeof until === 'number' ? sleep(until * 1000) : until).finally(() => (running = false));
    for (let here = 0; running;) {
      const isFull = here / atMost > (performance.now() - began) / 1000 || sent - (await confirmed()) > underWay;
      if (isFull) await sleep(20);
      else {
        const some = await signIn();
        here += some;
        sent += some;
      }
    }
    await ending;
    const rate = ((await applied()) - before) / ((performance.now() - began) / 1000);
    await drained();
    return Math.round(rate);
  };
  const play = async (signIn: () => Promise<number>) => {
    while (sent - (await confirmed()) > underWay) await sleep(20);
    sent += await signIn();
  };
  const cpu = (a: Process, p: Process) => ({ auth: a.cpuSeconds(), progress: p.cpuSeconds(), ...machine.cpuSeconds() });

  await publish(catalogDb, [benchQuest({ autoClaim: true, startsAt: '2026-01-01T00:00:00.000Z' })]);
  await signIn();
  await drained();
  await sustain(3); // warm

  const plain = await sustain(seconds);
  say(`sustained            ${plain.rate} events/s   CPU ms per 1000 events: ${JSON.stringify(plain.per1000)}`);

  if (values.statements) {
    await rows(progressDb.fork(), 'create extension if not exists pg_stat_statements');
    const top = await rows<{ ms: string; calls: string; query: string }>(
      progressDb.fork(),
      `select round(total_exec_time)::text as ms, calls, left(regexp_replace(query, '\\s+', ' ', 'g'), 110) as query
       from pg_stat_statements order by total_exec_time desc limit 16`,
    );
    for (const { ms, calls, query } of top) say(`${ms.padStart(7)} ms ${calls.padStart(7)} calls  ${query}`);
  }

  const listed = await sustain(Math.min(seconds, 10), () => listUnderLoad(progress, users, 300, Math.min(seconds, 10)));
  const listP95Ms = listed.result as number;
  say(`progress list        p95 ${listP95Ms} ms at 300 requests/s, beside ${listed.rate} events/s`);

  const killed = await sustain(8, async () => {
    await sleep(2000);
    await progress.kill('SIGKILL');
    progress = await machine.start('progress');
  });
  say(`progress killed      ${killed.rate} events/s over 8 s with a kill -9 of progress in it`);

  await progress.kill('SIGTERM');
  const backlog = Number(values.backlog);
  for (let n = 0; n < backlog; n += perTransaction) await signIn();
  const began = performance.now();
  progress = await machine.start('progress');
  await drained();
  const backlogSeconds = Math.round((performance.now() - began) / 100) / 10;
  say(`backlog              ${backlog} events drained in ${backlogSeconds} s, start of progress included`);

  const curve = values.curve
    ? await measureCurve(
        {
          authDb,
          catalogDb,
          progressDb,
          users,
          say,
          rateOf,
          play,
          drained,
          ask: (...asked) => askProgress(progress, ...asked),
        },
        values.shapes?.split(','),
      )
    : {};
  const { lost, duplicated } = await audit(authDb, progressDb);
  summary = { eventsPerSecond: plain.rate, lost, duplicated, backlogSeconds, listP95Ms, ...curve };
  process.exitCode = lost + duplicated === 0 ? 0 : 1;
  for (const database of [authDb, catalogDb, progressDb]) await database.close();
} finally {
  await machine.stop();
}
console.log(JSON.stringify(summary));

/** The 95th percentile in milliseconds of a player's progress list, asked straight at progress at a fixed rate. */
async function listUnderLoad(
  progress: Process,
  users: string[],
  perSecond: number,
  forSeconds: number,
): Promise<number> {
  const { signAccess } = openTokens(machine.secrets.signingKey);
  const query = `query ($r: [_Any!]!) { _entities(representations: $r) { ... on User { quests { streak completions remaining quest { id } } } } }`;
  const took: number[] = [];
  const asking: Promise<void>[] = [];
  const began = performance.now();
  for (let n = 0; n < perSecond * forSeconds; n++) {
    const wait = began + (n * 1000) / perSecond - performance.now();
    if (wait > 1) await sleep(wait);
    const userId = users[(n * 31) % users.length]!;
    const issuedAt = new Date();
    const token = signAccess({
      userId,
      sessionId: userId,
      roles: ['PLAYER'],
      issuedAt,
      expiresAt: new Date(issuedAt.getTime() + 600_000),
    });
    const from = performance.now();
    const body = JSON.stringify({ query, variables: { r: [{ __typename: 'User', id: userId }] } });
    const headers = {
      'content-type': 'application/json',
      'x-gateway-secret': machine.secrets.gatewaySecret,
      authorization: `Bearer ${token}`,
    };
    asking.push(
      fetch(progress.url, { method: 'POST', headers, body })
        .then((answer) => answer.json())
        .then((answer) => {
          if (!(answer as { data?: { _entities?: unknown[] } }).data?._entities?.[0])
            throw new Error(JSON.stringify(answer));
          took.push(performance.now() - from);
        }),
    );
  }
  await Promise.all(asking);
  took.sort((a, b) => a - b);
  return Math.round(took[Math.floor(took.length * 0.95)]! * 10) / 10;
}

/** One operation of an operator, straight at progress. */
async function askProgress<Data>(progress: Process, query: string, variables: object): Promise<Data> {
  const { signAccess } = openTokens(machine.secrets.signingKey);
  const [userId, issuedAt] = [randomUUID(), new Date()];
  const expiresAt = new Date(issuedAt.getTime() + 600_000);
  const token = signAccess({ userId, sessionId: userId, roles: ['OPERATOR'], issuedAt, expiresAt });
  const answer = await fetch(progress.url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-gateway-secret': machine.secrets.gatewaySecret,
      authorization: `Bearer ${token}`,
    },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await answer.json()) as { data: Data; errors?: unknown };
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
}
