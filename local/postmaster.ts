import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** The first process of a running PostgreSQL, as it describes itself in postmaster.pid. */
export interface Postmaster {
  pid: number;
  port: number;
  ready: boolean;
}

/**
 * The live postmaster of this data folder, or undefined. A file left by a crash may name a process that has nothing to do with
 * PostgreSQL by now (after a container restarts, most likely), or one that is dead and not yet buried. PostgreSQL would refuse to
 * start then, so the file is removed; with a number that nobody has, PostgreSQL finds its way alone.
 */
export function findPostmaster(data: string): Postmaster | undefined {
  const file = join(data, 'postmaster.pid');
  const lines = read(file)?.split('\n') ?? [];
  const pid = Number(lines[0]);
  if (!pid) return undefined;
  const command = commandOf(pid);
  if (serves(command, data)) return { pid, port: Number(lines[3]), ready: lines[7]?.trim() === 'ready' };
  if (exists(pid)) rmSync(file, { force: true });
  return undefined;
}

/** Waits while it starts, recovers or stops: ready, or undefined when there is none. Recovery may take long, so may this. */
export async function settledPostmaster(data: string): Promise<Postmaster | undefined> {
  for (;;) {
    const postmaster = findPostmaster(data);
    if (!postmaster || postmaster.ready) return postmaster;
    await sleep(20);
  }
}

/** PostgreSQL's own "fast" shutdown: sessions end, all is written. After three seconds the "immediate" one, which recovers at the next start. */
export async function stopPostmaster(pid: number, data: string): Promise<void> {
  for (const [signal, milliseconds] of [
    ['SIGINT', 3000],
    ['SIGQUIT', 1000],
    ['SIGKILL', 500],
  ] as const) {
    if (!serves(commandOf(pid), data)) return;
    send(pid, signal);
    const deadline = performance.now() + milliseconds;
    while (performance.now() < deadline) {
      if (!serves(commandOf(pid), data)) return;
      await sleep(10);
    }
  }
}

/** Its command line says so; only the postmaster keeps it, its children write their titles there. */
const serves = (command: string[], data: string): boolean =>
  /(^|\/)postgres$/.test(command[0] ?? '') && command[command.indexOf('-D') + 1] === data;

/** Program and arguments; empty when there is no such process, and for one that is dead but not yet buried. */
export function commandOf(pid: number): string[] {
  if (process.platform === 'linux') return read(`/proc/${pid}/cmdline`)?.split('\0').filter(Boolean) ?? [];
  const { stdout } = spawnSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
  // ps joins the arguments by blanks, so a path with a blank in it is put together again: -D is our first argument, -p our second.
  const [, program, data, rest] = /^(.*?postgres) -D (.*?) (-p .*)$/.exec(stdout.trim()) ?? [];
  return program && data ? [program, '-D', data, rest ?? ''] : stdout.trim().split(' ').filter(Boolean);
}

/** Also true for one that is dead and not yet buried. */
export function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
