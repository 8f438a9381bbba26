const { LONG_TESTS, TIMED_TESTS } = require('./test/long-tests');
const { onPostgres, notOnPostgres } = require('./test/postgres/selection');

const swc = {
  jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
  module: { type: 'commonjs' },
  sourceMaps: 'inline',
};

const LANGUAGE = [
  ...['Array', 'ArrayBuffer', 'BigInt', 'Boolean', 'DataView', 'Error', 'JSON', 'Map', 'Math', 'Number', 'Object'],
  ...['Promise', 'Proxy', 'RangeError', 'Reflect', 'RegExp', 'Set', 'String', 'Symbol', 'TypeError', 'Uint8Array'],
  ...['WeakMap', 'WeakSet', 'isNaN', 'parseFloat', 'parseInt'],
];

/** Whether the tests that speak to a Temporal server, and only they, run with one on PostgreSQL. */
const isOnPostgres = process.env.TEST_TEMPORAL === 'postgres';
const elsewhere = isOnPostgres ? notOnPostgres : [];
/** `npm run test:long` runs the long files alone, `npm run test:full` all of them, and some at full size. */
const { LONG_TESTS: onlyLong, FULL_TESTS: all } = process.env;
const selected = isOnPostgres ? onPostgres : onlyLong ? LONG_TESTS : ['**/*'];
const leftOut = all ? [] : isOnPostgres || onlyLong ? TIMED_TESTS : [...LONG_TESTS, ...TIMED_TESTS];

module.exports = {
  testEnvironment: '<rootDir>/test/shared-packages/environment.js',
  testMatch: selected.map((name) => `<rootDir>/test/${name}.test.ts`),
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/dist-packages/', '<rootDir>/packages/'],
  testPathIgnorePatterns: ['/node_modules/', ...leftOut.map((name) => `/test/${name}.test.ts$`)],
  // Files spend half of their time waiting, for servers, workers and jobs; on PostgreSQL each has processes of its own.
  maxWorkers: isOnPostgres ? 2 : 4,
  testSequencer: '<rootDir>/test/slow-first.js',
  // A file's globals are those of a context, where each look at one takes a microsecond; the language's own need none.
  sandboxInjectedGlobals: LANGUAGE,
  transform: { '^.+\\.ts$': ['@swc/jest', swc] },
  resolver: '<rootDir>/test/shared-packages/resolver.js',
  // Resolves the Temporal CLI once for all files, which start servers of their own on free ports, or share one on PostgreSQL.
  globalSetup: '<rootDir>/test/global-setup.ts',
  globalTeardown: '<rootDir>/test/global-teardown.ts',
  reporters: ['default', ['<rootDir>/test/count-reporter.js', { leftOut, elsewhere }]],
  // Longer than what a test waits for in vain, so that it can say what that was.
  testTimeout: 240_000,
};
