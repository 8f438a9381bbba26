/**
 * Lets test files share some packages with the files that ran in their process before, outside of their own contexts:
 * otherwise each file takes half a second to evaluate Temporal's protocol and to generate its codecs. Only for packages that
 * keep nothing of a test, and whose classes neither the product nor a test compares with its own: `Error` and `String` differ.
 */
const { TestEnvironment } = require('jest-environment-node');

module.exports = class extends TestEnvironment {
  constructor(config, context) {
    super(config, context);
    this.global.requireShared = require;
  }
};
