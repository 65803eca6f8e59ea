import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { withManyFiles } from './gateway.ts';

/** One player with one socket. */
export interface Player {
  userId: string;
  token: string;
  /** Where the player's stream begins. */
  after: string;
}

/** A popup that arrived: for which player of the list, its place in the player's stream, and when, in milliseconds since 1970. */
export type Arrival = [player: number, seq: number, at: number];

export interface Heard {
  arrivals: Arrival[];
  /** Frames that were about somebody else. */
  foreign: number;
  /** Sockets that were closed or refused, by code. */
  closed: Record<string, number>;
}

export interface Listeners {
  /** Resolves to what they have heard since the last time. */
  report(): Promise<Heard>;
  stop(): void;
}

/** Sockets in a process of their own, since what measures must not wait for what is measured. Resolves when all of them are subscribed. */
export async function startListeners(url: string, players: Player[], number: number): Promise<Listeners> {
  const child: ChildProcess = spawn(
    'sh',
    [...withManyFiles, process.execPath, join(import.meta.dirname, 'client.ts')],
    {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: { PATH: process.env['PATH'], NODE_CHANNEL_SERIALIZATION_MODE: 'json' },
    },
  );
  const answer = <Message>() =>
    new Promise<Message>((resolve) => child.once('message', (message) => resolve(message as Message)));
  const subscribed = answer();
  // Each process has an address of its own: one address allows about 28,000 connections.
  child.send({ url: url.replace('http', 'ws'), players, address: `127.0.0.${number + 2}` });
  await subscribed;
  return {
    report() {
      const heard = answer<Heard>();
      child.send('report');
      return heard;
    },
    stop: () => void child.kill('SIGKILL'),
  };
}
