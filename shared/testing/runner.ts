import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import type { Test, TestResult } from '@jest/test-result';
import type { Config } from '@jest/types';

/** What a worker answers: what jest wants to know of a file, or why it could not be run. */
export type Answer = { result: TestResult } | { error: { message: string; stack: string } };

/** What a worker is asked. */
export interface Question {
  path: string;
  globalConfig: Config.GlobalConfig;
  projectConfig: Config.ProjectConfig;
}

/**
 * Runs test files for jest in so many processes of plain Node, each of which takes the next file when it has answered. What runs in a process is
 * jest-light-runner's; its own pool asks for its settings by messages that can pass each other, and then waits for ever.
 */
export default class Runner {
  readonly #globalConfig: Config.GlobalConfig;

  constructor(globalConfig: Config.GlobalConfig) {
    this.#globalConfig = globalConfig;
  }

  async runTests(
    tests: Test[],
    watcher: { isInterrupted(): boolean },
    onStart: (test: Test) => Promise<void>,
    onResult: (test: Test, result: TestResult) => Promise<void>,
    onFailure: (test: Test, error: unknown) => Promise<void>,
  ): Promise<void> {
    const waiting = tests.values();
    const work = async () => {
      let worker: ChildProcess | undefined;
      // The iterator is shared, so that each file is run once.
      for (const test of waiting) {
        if (watcher.isInterrupted()) break;
        if (!worker || !isAlive(worker))
          worker = fork(join(import.meta.dirname, 'worker.ts'), { serialization: 'advanced' });
        await onStart(test);
        const { globalConfig, projectConfig } = {
          globalConfig: this.#globalConfig,
          projectConfig: test.context.config,
        };
        const answer = await ask(worker, { path: test.path, globalConfig, projectConfig });
        await ('error' in answer ? onFailure(test, answer.error) : onResult(test, answer.result));
      }
      if (worker && isAlive(worker)) worker.disconnect();
    };
    await Promise.all(Array.from({ length: Math.min(this.#globalConfig.maxWorkers, tests.length) }, work));
  }
}

const isAlive = ({ connected, exitCode, signalCode }: ChildProcess) =>
  connected && exitCode === null && signalCode === null;

/** Resolves to what became of a file, whatever that is; a worker that ends meanwhile is its failure. */
function ask(worker: ChildProcess, question: Question): Promise<Answer> {
  return new Promise((resolve) => {
    const settle = (answer: Answer) => {
      worker.off('message', settle).off('exit', ended);
      resolve(answer);
    };
    const ended = (code: number | null, signal: string | null) => {
      const message = `the process of this file has ended with ${signal ?? code}; its own words are above`;
      settle({ error: { message, stack: message } });
    };
    worker.on('message', settle).on('exit', ended);
    // One that cannot be asked has ended, or is about to.
    worker.send(question, () => undefined);
  });
}
