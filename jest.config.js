const swc = {
  jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
  module: { type: 'commonjs' },
  sourceMaps: 'inline',
};

/** Long waits are their subject, so that they run with `npm run test:full` only; the closing line says how many. */
const LEFT_OUT = process.env.FULL_TESTS
  ? []
  : ['account/full-size', 'account/limits', 'account/operators', 'account/outage', 'account/shares', 'chaos/suite'];

module.exports = {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  testPathIgnorePatterns: ['/node_modules/', ...LEFT_OUT.map((name) => `/test/${name}.test.ts$`)],
  // Files spend much of their time waiting, for servers, workers and jobs.
  maxWorkers: 3,
  transform: { '^.+\\.ts$': ['@swc/jest', swc] },
  // Resolves the Temporal CLI once for all files; every file starts servers of its own, on free ports.
  globalSetup: '<rootDir>/test/global-setup.js',
  reporters: ['default', ['<rootDir>/test/count-reporter.js', { leftOut: LEFT_OUT.length }]],
  testTimeout: 60_000,
};
