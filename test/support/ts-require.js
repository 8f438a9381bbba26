// Lets a plain `node -r` child of a test run the TypeScript sources themselves, so that no older build is tested. On
// PostgreSQL the product is what was built, as in production: its workflows need not be bundled once a process.
const { readFileSync } = require('node:fs');
const path = require('node:path');
const { transformSync } = require('@swc/core');

const TESTS = path.join(__dirname, '..');
const PRODUCT = process.env.TEST_TEMPORAL === 'postgres' ? 'dist/' : '';

require.extensions['.ts'] = (module, filename) => {
  const { code } = transformSync(readFileSync(filename, 'utf8'), {
    filename,
    jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
    module: { type: 'commonjs' },
  });
  const up = '../'.repeat(path.relative(TESTS, filename).split(path.sep).length);
  module._compile(code.replaceAll(`require("${up}`, `require("${up}${PRODUCT}`), filename);
};
