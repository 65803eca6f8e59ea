/** @type {import('jest').Config} */
export default {
  // Each worker is plain Node: it reads TypeScript by itself, and a package is loaded once in a worker, and not again for each test file.
  runner: './shared/testing/runner.ts',
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/', '/\\.questline/'],
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/\\.questline/'],
  transform: {},
  globalSetup: './shared/testing/globalSetup.ts',
  globalTeardown: './shared/testing/globalTeardown.ts',
  setupFilesAfterEnv: ['./shared/testing/timeLimits.ts'],
  testSequencer: './local/longestFirst.js',
  // One more than a small machine has cores, since what starts processes waits for them half of the time.
  maxWorkers: 3,
};
