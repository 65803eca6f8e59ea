import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { childEnvironment } from '../../shared/testing/childEnvironment.ts';

const root = join(import.meta.dirname, '../..');

/** A subgraph as a process of its own, which can be killed and started again on the same port. */
export interface Subgraph {
  name: string;
  /** Starts it and waits until it is ready. A failpoint kills it once it gets there. */
  start(failpoint?: string): Promise<void>;
  kill(): Promise<void>;
  /** SIGSTOP freezes it, SIGCONT lets it go on. */
  signal(signal: NodeJS.Signals): void;
  /** Resolves to how it ended, when it does by itself. */
  ended(): Promise<string>;
  /** In order. */
  stop(): Promise<void>;
  isRunning(): boolean;
}

export function subgraph(name: string, file: string, port: number, environment: Record<string, string>): Subgraph {
  let child: ChildProcess | undefined;
  let end: Promise<string> = Promise.resolve('never started');
  let output = '';
  // Whatever happens to the runner, nothing of it stays.
  process.on('exit', () => child?.kill('SIGKILL'));
  const signal = async (signal: NodeJS.Signals) => {
    child?.kill(signal);
    await end;
  };
  return {
    name,
    async start(failpoint) {
      const own = {
        ...childEnvironment(),
        PORT: String(port),
        LOG_LEVEL: process.env['LOG_LEVEL'] ?? 'warn',
      };
      child = spawn(process.execPath, ['--no-warnings', join(root, file)], {
        cwd: root,
        env: { ...own, ...environment, ...(failpoint && { FAILPOINT: failpoint }) },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const keep = (data: Buffer) => {
        output = (output + data.toString()).slice(-100_000);
        if (process.env['FAULTS_VERBOSE']) process.stdout.write(`${name}: ${data.toString()}`);
      };
      child.stdout!.on('data', keep);
      child.stderr!.on('data', keep);
      end = new Promise((resolve) => child!.once('exit', (code, killedBy) => resolve(killedBy ?? `status ${code}`)));
      const failed = end.then((how) => Promise.reject(new Error(`${name} ended with ${how}: ${output.slice(-2000)}`)));
      failed.catch(() => undefined);
      // A failpoint may strike before anybody has seen the subgraph ready.
      const served = ready(port).catch((error: unknown) => {
        throw new Error(`${name}: ${String(error)}: ${output.slice(-2000)}`);
      });
      await Promise.race([served, failpoint ? end : failed]);
    },
    kill: () => signal('SIGKILL'),
    signal: (name) => void child?.kill(name),
    stop: () => signal('SIGTERM'),
    ended: () => end,
    isRunning: () => child?.exitCode === null && child.signalCode === null,
  };
}

async function ready(port: number): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (performance.now() < deadline) {
    const ok = await fetch(`http://127.0.0.1:${port}/health`, { signal: AbortSignal.timeout(1000) }).then(
      (response) => response.ok,
      () => false,
    );
    if (ok) return;
    await sleep(25);
  }
  throw new Error(`nothing serves at port ${port} after 60 s`);
}
