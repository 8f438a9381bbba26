const { LONG_TESTS, TIMED_TESTS } = require('./long-tests');

/** Which command runs the files that this run leaves out. */
const COMMANDS = [
  ['npm run test:long', LONG_TESTS],
  ['npm run test:full', TIMED_TESTS],
];

/** Prints what was left out, and the closing line by which a run is judged. */
class CountReporter {
  /** `leftOut` are files left to other commands; `elsewhere` names those that cannot run on PostgreSQL, with their reasons. */
  constructor(_config, { leftOut = [], elsewhere = [] } = {}) {
    this.leftOut = leftOut;
    this.elsewhere = elsewhere;
  }

  onRunComplete(
    _contexts,
    { numPassedTests, numFailedTests, numPendingTests, numTodoTests, numRuntimeErrorTestSuites },
  ) {
    const failed = numFailedTests + numRuntimeErrorTestSuites;
    const skipped = numPendingTests + numTodoTests;
    const notes = [
      ...COMMANDS.map(([command, names]) => [command, names.filter((name) => this.leftOut.includes(name)).length])
        .filter(([, count]) => count > 0)
        .map(([command, count]) => `${count} files left out; ${command} runs them`),
      ...(this.elsewhere.length > 0 ? [`${this.elsewhere.length} files not on PostgreSQL`] : []),
    ];
    for (const [name, reason] of this.elsewhere) process.stderr.write(`\nnot on PostgreSQL: ${name} ${reason}`);
    const counts = `${numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
    process.stderr.write(`\n${counts}${notes.length > 0 ? ` (${notes.join('; ')})` : ''}\n`);
  }
}

module.exports = CountReporter;
