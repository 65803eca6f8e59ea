import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Question, Usage } from './child.ts';

export interface Child {
  url: string;
  /** From the start of the process to its being ready. */
  startMs: number;
  ask(question: Question): Promise<Usage>;
  stop(): Promise<void>;
}

/** Runs a program of this folder, which calls `serving`. */
export async function start(file: string, env: Record<string, string> = {}): Promise<Child> {
  const began = performance.now();
  const child = fork(join(import.meta.dirname, file), {
    execArgv: ['--no-warnings'],
    env: { ...process.env, NODE_ENV: 'production', APOLLO_TELEMETRY_DISABLED: '1', ...env },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const { url } = await answerOf<{ url: string }>(child, file);
  return {
    url,
    startMs: performance.now() - began,
    ask(question) {
      const answer = answerOf<Usage>(child, file);
      child.send(question);
      return answer;
    },
    async stop() {
      if (child.exitCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      const hard = setTimeout(() => child.kill('SIGKILL'), 3000);
      await ended;
      clearTimeout(hard);
    },
  };
}

function answerOf<Answer>(child: ChildProcess, file: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null) => reject(new Error(`${file} ended with ${code}`));
    child.once('exit', ended);
    child.once('message', (message) => {
      child.off('exit', ended);
      resolve(message as Answer);
    });
  });
}
