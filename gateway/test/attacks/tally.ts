import type { AggregatedResult } from '@jest/reporters';

/** A reporter for `npm run attacks`: the rows that failed, and the count on the last line. */
export default class Tally {
  onRunComplete(
    _: unknown,
    { testResults, numPassedTests, numFailedTests, numRuntimeErrorTestSuites }: AggregatedResult,
  ) {
    const say = (line: string) => process.stdout.write(`${line}\n`);
    for (const { testResults: rows, testExecError } of testResults) {
      for (const { status, fullName, failureMessages } of rows)
        if (status === 'failed') say(`FAILED ${fullName}\n${failureMessages[0]}\n`);
      if (testExecError) say(String(testExecError.message));
    }
    say(`${numPassedTests} passed, ${numFailedTests + numRuntimeErrorTestSuites} failed`);
  }
}
