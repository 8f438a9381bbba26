/** Prints what was left out, and the closing line by which a run is judged. */
class CountReporter {
  /** `tooLong` counts files; `elsewhere` names those that cannot run on PostgreSQL, with their reasons. */
  constructor(_config, { tooLong = 0, elsewhere = [] } = {}) {
    this.tooLong = tooLong;
    this.elsewhere = elsewhere;
  }

  onRunComplete(
    _contexts,
    { numPassedTests, numFailedTests, numPendingTests, numTodoTests, numRuntimeErrorTestSuites },
  ) {
    const failed = numFailedTests + numRuntimeErrorTestSuites;
    const skipped = numPendingTests + numTodoTests;
    const told = [
      ...(this.tooLong > 0 ? [`${this.tooLong} files left out; npm run test:full runs them too`] : []),
      ...(this.elsewhere.length > 0 ? [`${this.elsewhere.length} files not on PostgreSQL`] : []),
    ];
    for (const [name, reason] of this.elsewhere) process.stderr.write(`\nnot on PostgreSQL: ${name} ${reason}`);
    const counts = `${numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
    process.stderr.write(`\n${counts}${told.length > 0 ? ` (${told.join('; ')})` : ''}\n`);
  }
}

module.exports = CountReporter;
