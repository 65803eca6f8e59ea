/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/', '/\\.questline/'],
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/\\.questline/'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': './local/stripTypes.js' },
  globalSetup: './shared/testing/globalSetup.ts',
  globalTeardown: './shared/testing/globalTeardown.ts',
  testSequencer: './local/longestFirst.js',
  maxWorkers: 2,
  // Tests wait for events; this only ends one whose event never comes, and later than what waits in it gives up and says what it saw.
  testTimeout: 300_000,
};
