import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../local/ports.ts';

const root = join(import.meta.dirname, '../..');

/** Raises the limit of open files as far as it may, then becomes the program: `ulimit -n` of a shell, for this process alone. */
export const withManyFiles = ['-c', 'ulimit -n 100000 2>/dev/null || ulimit -n "$(ulimit -Hn)"; exec "$0" "$@"'];

export interface GatewayProcess {
  /** http://127.0.0.1:PORT/graphql */
  url: string;
  openFiles: number;
  /** Resident memory in bytes. */
  memory(): number;
  /** CPU used so far, in seconds. */
  cpuSeconds(): number;
  /** Lets it read its supergraph again. */
  reload(): void;
  stop(): Promise<void>;
}

/** Starts the gateway as `npm run start:gateway` does, in front of subgraphs that run. */
export async function startGatewayProcess(
  environment: Record<string, string>,
  profile?: string,
): Promise<GatewayProcess> {
  const port = await freePort();
  const profiling = profile ? ['--cpu-prof', `--cpu-prof-dir=${profile}`, '--cpu-prof-name=gateway.cpuprofile'] : [];
  const child: ChildProcess = spawn('sh', [...withManyFiles, process.execPath, ...profiling, 'gateway/main.ts'], {
    cwd: root,
    env: { PATH: process.env['PATH'], LOG_LEVEL: 'warn', PORT: String(port), ...environment },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const origin = `http://127.0.0.1:${port}`;
  const isReady = () =>
    fetch(`${origin}/ready`)
      .then(({ ok }) => ok)
      .catch(() => false);
  while (!(await isReady())) {
    if (child.exitCode !== null) throw new Error('the gateway did not start');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const proc = (file: string) => readFileSync(`/proc/${child.pid}/${file}`, 'utf8');
  return {
    url: `${origin}/graphql`,
    openFiles: Number(/Max open files\s+(\d+)/.exec(proc('limits'))![1]),
    memory: () => Number(/VmRSS:\s+(\d+) kB/.exec(proc('status'))![1]) * 1024,
    cpuSeconds() {
      const fields = proc('stat').split(') ')[1]!.split(' ').map(Number);
      return (fields[11]! + fields[12]!) / 100;
    },
    reload: () => void child.kill('SIGHUP'),
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
