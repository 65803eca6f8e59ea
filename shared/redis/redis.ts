import { setTimeout as sleep } from 'node:timers/promises';
import { Command as Slotted, Cluster, type Redis } from 'ioredis';
import type { Log } from '../process/log.ts';
import { PunctualCluster, PunctualRedis } from './punctualRedis.ts';
import { type RedisAddress, readRedisUrl } from './redisAddress.ts';

/** A command, and the one key (or several of one slot) that it is about. */
export interface Command {
  key: string;
  words: readonly [name: string, ...values: (string | number)[]];
}

export type Answer = PromiseSettledResult<unknown>;

/** All of Redis that a process talks to, be it one server or a cluster. It comes and goes, and the connections with it. */
export interface RedisLink {
  address: RedisAddress;
  /** For libraries that want a connection; commands answer within the limit or fail. */
  client: Redis | Cluster;
  /** Resolves when it is connected or has failed to at once; it goes on trying. */
  connect(): Promise<void>;
  /** Sends commands in one go to each node. Resolves to what became of each, in order. */
  send(commands: readonly Command[]): Promise<Answer[]>;
  /** Carries out commands of one slot together or not at all. Rejects with the first error. */
  atomically(commands: readonly Command[]): Promise<unknown[]>;
  /** Sends one command to each server that takes writes, as far as they are known now. */
  everywhere(...words: Command['words']): Promise<Answer[]>;
  /** Hears sharded notifications on connections of their own. */
  subscriber(): Redis | Cluster;
  close(): Promise<void>;
}

/** Commands answer within 200 ms or fail: whoever waits for Redis has PostgreSQL to go on with. */
const lateMs = 200;
/** With all redirections and tries that a cluster's client makes meanwhile. */
const longestMs = 1000;
const patient = { connectTimeout: 1000, disconnectTimeout: 500, autoResendUnfulfilledCommands: false } as const;
const retryStrategy = (times: number) => Math.min(50 * times, 1000);

/** The one place that makes clients of Redis. Nothing is connected yet. */
export function openRedis(
  url: string,
  log: Log,
  purpose: string,
  onError: (error: Error) => void = () => {},
): RedisLink {
  const address = readRedisUrl(url);
  const opened = new Set<Redis | Cluster>();
  const heard = <Client extends Redis | Cluster>(client: Client): Client => {
    opened.add(client);
    client.on('error', (error: Error) => {
      log.debug({ error: error.message, purpose }, 'redis connection');
      onError(error);
    });
    return client;
  };
  const client = heard(makeClient(address));
  let subscriber: Redis | undefined;
  // A pipeline would wait for a cluster's first answer, however long that takes.
  const requireNodes = () => {
    if (client instanceof Cluster && client.slots.length === 0) throw new Error('No node of the cluster has answered');
  };
  return {
    address,
    client,
    // A cluster that does not serve all its slots is neither.
    connect: () =>
      Promise.race([client.connect().catch(() => undefined), sleep(patient.connectTimeout, undefined, { ref: false })]),
    async send(commands) {
      const answers: Answer[] = Array(commands.length).fill(undefined);
      await Promise.all(
        byNode(client, commands).map(async (places) => {
          const sending = async () => {
            requireNodes();
            return client.pipeline(places.map((place) => [...commands[place]!.words])).exec();
          };
          const settled = await inTime(sending(), longestMs).catch((error: Error) =>
            places.map(() => [error, null] as const),
          );
          places.forEach((place, n) => {
            const [reason, value] = settled![n]!;
            answers[place] = reason ? { status: 'rejected', reason } : { status: 'fulfilled', value };
          });
        }),
      );
      return answers;
    },
    async atomically(commands) {
      requireNodes();
      const answers = await inTime(client.multi(commands.map(({ words }) => [...words])).exec(), longestMs);
      return (answers ?? []).map(([error, answer]) => {
        if (error) throw error;
        return answer;
      });
    },
    everywhere: (name, ...values) =>
      Promise.allSettled(
        (client instanceof Cluster ? client.nodes('master') : [client]).map((master) =>
          // A node of a cluster that is being connected to would take it as late as it likes.
          inTime(master.call(name, ...values)),
        ),
      ),
    // A cluster keeps connections for that itself. One that waits for its server asks as long as it takes.
    subscriber: () =>
      client instanceof Cluster
        ? client
        : (subscriber ??= heard(
            new PunctualRedis({ ...serverOptions(address), enableOfflineQueue: true, maxRetriesPerRequest: 1 }),
          )),
    close: async () => void (await Promise.all([...opened].map(end))),
  };
}

/** Fails when the answer has not come within the limit, whatever a client does meanwhile to get it. */
export const inTime = <Value>(answer: Promise<Value>, ms = lateMs): Promise<Value> => Promise.race([answer, late(ms)]);

async function late(ms: number): Promise<never> {
  await sleep(ms, undefined, { ref: false });
  // What came while this process was busy has come.
  await new Promise((resolve) => setImmediate(resolve));
  throw new Error('Redis is late');
}

function makeClient(address: RedisAddress): Redis | Cluster {
  if (address.form !== 'cluster')
    return new PunctualRedis({ ...serverOptions(address), commandTimeout: lateMs, enableOfflineQueue: false });
  const { username, password, isEncrypted } = address;
  return new PunctualCluster([...address.nodes], lateMs, {
    lazyConnect: true,
    enableOfflineQueue: false,
    shardedSubscribers: true,
    clusterRetryStrategy: retryStrategy,
    maxRedirections: 4,
    // That another has taken over from a master is known within a second.
    slotsRefreshInterval: 1000,
    // Certificates name hosts, not the addresses that these have.
    ...(isEncrypted && { dnsLookup: (host, found) => found(null, host) }),
    redisOptions: {
      ...patient,
      // What was under way when a connection breaks fails at once: the cluster decides where it is tried again.
      maxRetriesPerRequest: 0,
      ...(username && { username }),
      ...(password && { password }),
      ...(isEncrypted && { tls: {} }),
    },
  });
}

function serverOptions({ form, nodes, username, password, isEncrypted, database, master }: RedisAddress) {
  return {
    ...patient,
    lazyConnect: true,
    // With one retry it would wait for its timeout when Redis is back at the first try.
    maxRetriesPerRequest: 0,
    retryStrategy,
    db: database,
    ...(username && { username }),
    ...(password && { password }),
    ...(isEncrypted && { tls: {}, enableTLSForSentinelMode: true }),
    ...(form === 'sentinels'
      ? { sentinels: [...nodes], name: master!, sentinelRetryStrategy: retryStrategy }
      : { host: nodes[0]!.host, port: nodes[0]!.port }),
  };
}

/** Which commands go to the same node, by their places: a cluster takes those of several nodes in several pipelines. */
function byNode(client: Redis | Cluster, commands: readonly Command[]): number[][] {
  const groups = new Map<string, number[]>();
  commands.forEach(({ key }, place) => {
    const node = client instanceof Cluster ? String(client.slots[slotOf(key)]) : '';
    const places = groups.get(node);
    if (places) places.push(place);
    else groups.set(node, [place]);
  });
  return [...groups.values()];
}

const slotOf = (key: string) => new Slotted('get', [key]).getSlot() ?? 0;

/** All answers; the first error is thrown. */
export function whole(answers: readonly Answer[]): unknown[] {
  return answers.map((answer) => {
    if (answer.status === 'rejected') throw answer.reason;
    return answer.value;
  });
}

/** Resolves when the connection is gone, so that whoever stops leaves nothing open. One that waits to reconnect has nothing to close. */
async function end(client: Redis | Cluster): Promise<void> {
  const hasSocket = ['connecting', 'connect', 'ready', 'disconnecting'].includes(client.status);
  const gone = hasSocket ? new Promise((resolve) => client.once('end', resolve)) : undefined;
  client.disconnect();
  await gone;
}
