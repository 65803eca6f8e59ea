import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { freePort, isFree } from './ports.ts';
import { redisArguments } from './redis.ts';

export interface RedisNode {
  port: number;
  url: string;
  pid(): number;
  signal(signal: NodeJS.Signals): void;
  kill(): Promise<void>;
  /** Comes back on the same port, as what the others say that it is. */
  start(): Promise<void>;
}

/** A Redis Cluster on loopback: masters that share the slots, each with so many replicas. Its data dies with it. */
export interface RedisCluster {
  /** Of the first three nodes, which are masters at first. */
  url: string;
  nodes: readonly RedisNode[];
  /** One command at one node, on a connection of its own. */
  command(node: RedisNode, ...words: (string | number)[]): Promise<unknown>;
  stop(): Promise<void>;
}

const slots = 16_384;
const nodeTimeoutMs = 2000;

export interface RedisClusterSettings {
  masters?: number;
  /** Of each master. */
  replicas?: number;
  folder?: string;
  /** Further arguments of every server. */
  flags?: readonly string[];
}

export async function startRedisCluster({
  masters = 3,
  replicas = 0,
  folder = '/tmp',
  flags = [],
}: RedisClusterSettings = {}): Promise<RedisCluster> {
  const place = mkdtempSync(join(folder, 'questline-cluster-'));
  const nodes = await Promise.all(
    Array.from({ length: masters * (1 + replicas) }, async () => nodeAt(await clusterPort(), place, flags)),
  );
  const cluster: RedisCluster = {
    url: `redis://${nodes
      .slice(0, 3)
      .map(({ port }) => `127.0.0.1:${port}`)
      .join(',')}`,
    nodes,
    command: async (node, name, ...values) => {
      const connection = new Redis(node.port, '127.0.0.1', { lazyConnect: true, retryStrategy: () => null });
      connection.on('error', () => undefined);
      try {
        await connection.connect();
        return await connection.call(String(name), ...values);
      } finally {
        connection.disconnect();
      }
    },
    async stop() {
      await Promise.all(nodes.map((node) => node.kill()));
      rmSync(place, { recursive: true, force: true });
    },
  };
  process.once('exit', () => nodes.forEach((node) => node.signal('SIGKILL')));
  const { command } = cluster;
  await Promise.all(nodes.map((node) => node.start()));
  await Promise.all(
    nodes.slice(0, masters).map((node, n) => {
      const [first, after] = [n, n + 1].map((part) => Math.floor((part * slots) / masters)) as [number, number];
      return command(node, 'cluster', 'addslotsrange', first, after - 1);
    }),
  );
  for (const node of nodes.slice(1)) await command(node, 'cluster', 'meet', '127.0.0.1', nodes[0]!.port);
  const every = async (expected: RegExp) => {
    for (const node of nodes) while (!expected.test(String(await command(node, 'cluster', 'info')))) await sleep(50);
  };
  await every(new RegExp(`cluster_known_nodes:${nodes.length}\\r`));
  for (const [n, replica] of nodes.slice(masters).entries()) {
    const id = String(await command(nodes[n % masters]!, 'cluster', 'myid'));
    while (
      await command(replica, 'cluster', 'replicate', id).then(
        () => false,
        () => true,
      )
    )
      await sleep(50);
  }
  await every(/cluster_state:ok/);
  return cluster;
}

/** The nodes of a cluster talk to one another ten thousand ports further on. */
async function clusterPort(): Promise<number> {
  for (;;) {
    const port = await freePort();
    if (port < 55_000 && (await isFree(port + 10_000))) return port;
  }
}

function nodeAt(port: number, folder: string, flags: readonly string[]): RedisNode {
  let child: ChildProcess | undefined;
  const settings = [
    ...redisArguments(port, folder),
    ...['--cluster-enabled', 'yes', '--cluster-config-file', `nodes.${port}.conf`],
    ...['--cluster-node-timeout', String(nodeTimeoutMs), '--repl-diskless-sync-delay', '0'],
    ...flags,
  ];
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    pid: () => child!.pid!,
    signal: (signal) => void child?.kill(signal),
    async kill() {
      if (!child || child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise((resolve) => child!.once('exit', resolve));
      child.ref();
      child.kill('SIGKILL');
      await ended;
    },
    async start() {
      const started = (child = spawn('redis-server', settings, { stdio: ['ignore', 'pipe', 'inherit'] }));
      await new Promise<void>((resolve, reject) => {
        started.once('error', reject);
        started.once('exit', (code) => reject(new Error(`redis-server ended with ${code}`)));
        started.stdout.on('data', (data: Buffer) => data.includes('Ready to accept connections') && resolve());
      });
      // One that nobody stopped must not keep its launcher from ending.
      started.unref();
      (started.stdout as Socket).unref();
    },
  };
}
