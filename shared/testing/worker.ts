import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestResult } from '@jest/test-result';
import type { Answer, Question } from './runner.ts';

interface FileRunner {
  setWorkerData(data: object): void;
  default(path: string): Promise<TestResult>;
}

// The package exports only its pool.
const entry = fileURLToPath(import.meta.resolve('jest-light-runner'));
const { setWorkerData, default: run } = (await import(join(dirname(entry), 'worker-runner.js'))) as FileRunner;

const answerTo = async ({ path, ...configuration }: Question): Promise<Answer> => {
  setWorkerData({ ...configuration, runtime: 'child_process' });
  try {
    return { result: await run(path) };
  } catch (error) {
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    return { error: { message: `${basename(path)}: ${message}`, stack: stack ?? message } };
  }
};

process.on('message', (question: Question) => void answerTo(question).then((answer) => process.send!(answer)));
// The run is over, whatever a test has left open.
process.on('disconnect', () => process.exit());
