/** A backend service that imports the library loads nothing but its own code; connecting loads nothing native. */
import { execFileSync } from 'node:child_process';
import path from 'node:path';

const DIST = path.join(__dirname, '..', '..', 'dist');
const LIBRARY = path.join(DIST, 'client', 'index.js');
/** What `connect` loads. */
const CONNECTED = path.join(DIST, 'client', 'use-cases.js');

interface Loaded {
  readonly exports: readonly string[];
  readonly modules: readonly string[];
  readonly addons: readonly string[];
  readonly sharedObjects: readonly string[];
}

/** What a process of its own has loaded after it required a module. */
function loadedBy(module: string): Loaded {
  const script = `
    const addons = [];
    const load = require('node:module')._extensions['.node'];
    require('node:module')._extensions['.node'] = (module, file) => { addons.push(file); return load(module, file); };
    const exports = Object.keys(require(process.argv[1]));
    const { sharedObjects } = process.report.getReport();
    console.log(JSON.stringify({ exports, modules: Object.keys(require.cache), addons, sharedObjects }));
  `;
  const env = { PATH: process.env['PATH'], HOME: process.env['HOME'] };
  const options = { encoding: 'utf8', maxBuffer: 1 << 26, env } as const;
  return JSON.parse(execFileSync(process.execPath, ['-e', script, module], options)) as Loaded;
}

const NATIVE = /[\\/]node_modules[\\/](@temporalio[\\/](worker|core-bridge|testing)|sharp|@img)[\\/]/;

test('importing the library loads no package, neither its own dependencies nor any other', () => {
  const { exports, modules } = loadedBy(LIBRARY);
  expect(exports).toEqual(expect.arrayContaining(['ImagePipelineClient', 'ImagePipelineError', 'FAILURES']));
  expect(modules.filter((file) => file.includes('node_modules'))).toEqual([]);
  // Each file costs a fraction of a millisecond: what only a connected client needs is loaded by `connect`.
  expect(modules.length).toBeLessThan(60);
});

test('what a connected client needs is no worker, no core bridge, no picture decoder and nothing else that is native', () => {
  const { modules, addons, sharedObjects } = loadedBy(CONNECTED);
  expect(modules.some((file) => file.includes('@temporalio/client'))).toBe(true);
  expect(modules.filter((file) => NATIVE.test(file))).toEqual([]);
  expect(addons).toEqual([]);
  expect(sharedObjects.filter((file) => file.endsWith('.node'))).toEqual([]);
});

test('the same look at the worker finds native code, so the look is worth something', () => {
  const { addons, modules } = loadedBy(path.join(DIST, 'worker', 'index.js'));
  expect(addons.length).toBeGreaterThan(0);
  expect(modules.filter((file) => NATIVE.test(file)).length).toBeGreaterThan(0);
});
