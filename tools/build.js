/** Builds `dist`: the compiled code and the bundles of the workflows. Run by `npm ci` and by `npm test`. */
const { execFileSync } = require('node:child_process');
const { rmSync, writeFileSync } = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..');
const dist = path.join(root, 'dist');

async function build() {
  rmSync(dist, { recursive: true, force: true });
  const tsc = require.resolve('typescript/package.json').replace(/package\.json$/, 'bin/tsc');
  execFileSync(process.execPath, [tsc, '-p', path.join(root, 'tsconfig.build.json')], { stdio: 'inherit', cwd: root });
  const { bundleWorkflowCode, DefaultLogger } = require('@temporalio/worker');
  const { BUNDLE_FILES, interceptorModules, preloadModules, workflowsPath } = require('../dist/worker/bundle.js');
  const { FAILURE_CONVERTER_PATH } = require('../dist/payloads/index.js');
  const options = {
    workflowsPath: workflowsPath(),
    workflowInterceptorModules: interceptorModules(),
    preloadModules: preloadModules(),
    logger: new DefaultLogger('ERROR'),
  };
  const variants = {
    [BUNDLE_FILES.plainFailures]: options,
    [BUNDLE_FILES.encodedFailures]: { ...options, failureConverterPath: FAILURE_CONVERTER_PATH },
  };
  for (const [file, variant] of Object.entries(variants)) {
    const { code } = await bundleWorkflowCode(variant);
    writeFileSync(path.join(dist, 'worker', file), code);
  }
}

build().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
