import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { withManyFiles } from '../fanout/gateway.ts';

export interface Listener {
  token: string;
  after: string;
}

export interface Listeners {
  /** Resolves to how long each alert took that was heard since the last time, in milliseconds. */
  report(): Promise<number[]>;
  stop(): void;
}

/** Sockets in a process of their own, since what measures must not wait for what is measured. Resolves when all of them are subscribed. */
export async function startListeners(url: string, listeners: readonly Listener[], number: number): Promise<Listeners> {
  const program = join(import.meta.dirname, 'client.ts');
  const child = spawn('sh', [...withManyFiles, process.execPath, program], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { PATH: process.env['PATH'], NODE_CHANNEL_SERIALIZATION_MODE: 'json' },
  });
  const answer = <Message>() =>
    new Promise<Message>((resolve) => child.once('message', (message) => resolve(message as Message)));
  const subscribed = answer();
  // Each process has an address of its own: one address allows about 28,000 connections.
  child.send({ url: url.replace('http', 'ws'), listeners, address: `127.0.0.${number + 2}` });
  await subscribed;
  return {
    report() {
      const heard = answer<number[]>();
      child.send('report');
      return heard;
    },
    stop: () => void child.kill('SIGKILL'),
  };
}
