/** Prints the closing line by which a run is judged. */
class CountReporter {
  constructor(_config, { leftOut = 0 } = {}) {
    this.leftOut = leftOut;
  }

  onRunComplete(
    _contexts,
    { numPassedTests, numFailedTests, numPendingTests, numTodoTests, numRuntimeErrorTestSuites },
  ) {
    const failed = numFailedTests + numRuntimeErrorTestSuites;
    const skipped = numPendingTests + numTodoTests;
    const rest = this.leftOut > 0 ? ` (${this.leftOut} files left out; npm run test:full runs them too)` : '';
    const told = skipped > 0 ? `, ${skipped} skipped` : '';
    process.stderr.write(`\n${numPassedTests} passed, ${failed} failed${told}${rest}\n`);
  }
}

module.exports = CountReporter;
