/** Builds `dist`: the compiled code, the bundles of the workflows, and the page of the dashboard. Run by `npm ci` and by `npm test`. */
const { execFileSync } = require('node:child_process');
const { cpSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..');
const dist = path.join(root, 'dist');

/** The page and its script and styles, in files whose names change with their content. */
async function buildDashboard() {
  const { build: bundle } = require('esbuild');
  const app = path.join(root, 'gateway', 'dashboard', 'app');
  const assets = path.join(dist, 'gateway', 'dashboard', 'assets');
  const { metafile } = await bundle({
    entryPoints: { app: path.join(app, 'main.tsx'), icon: path.join(app, 'icon.svg') },
    outdir: assets,
    bundle: true,
    minify: true,
    format: 'esm',
    target: ['es2022'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    tsconfig: path.join(app, 'tsconfig.json'),
    entryNames: '[name]-[hash]',
    loader: { '.svg': 'copy' },
    legalComments: 'inline',
    metafile: true,
    logLevel: 'warning',
  });
  const names = Object.keys(metafile.outputs).map((file) => path.basename(file));
  const page = readFileSync(path.join(app, 'index.html'), 'utf8');
  const find = (pattern) => names.find((name) => pattern.test(name));
  const named = { SCRIPT: find(/^app-.*\.js$/), STYLES: find(/^app-.*\.css$/), ICON: find(/^icon-.*\.svg$/) };
  writeFileSync(
    path.join(assets, 'index.html'),
    page.replace(/\{(\w+)\}/g, (_all, name) => `/dashboard/assets/${named[name]}`),
  );
}

async function build() {
  rmSync(dist, { recursive: true, force: true });
  const tsc = require.resolve('typescript/package.json').replace(/package\.json$/, 'bin/tsc');
  execFileSync(process.execPath, [tsc, '-p', path.join(root, 'tsconfig.build.json')], { stdio: 'inherit', cwd: root });
  cpSync(path.join(root, 'schemas'), path.join(dist, 'schemas'), { recursive: true });
  await buildDashboard();
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
