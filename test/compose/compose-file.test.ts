/** docker-compose.yml and the Dockerfile hold what they promise, as far as that shows without containers. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import Ajv2020 from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import { parseApiSettings, parseGatewaySettings } from '../../gateway';
import { SECRET_VARIABLES } from '../../input/secret-files';
import {
  getService,
  ourEntrypoint,
  ourImageVariables,
  readComposeFile,
  type Service,
} from '../../tools/compose/compose-file';
import { TEMPORAL_SERVER_VERSION } from '../../tools/temporal-server/version';
import { parseWorkerSettings } from '../../worker';
import { runInside } from '../cli/cli-inside';
import { tempFolder } from '../support/temp-folder';
import { findProblems, isPinned, isUserByNumber, misspelled, variablesOfProduct } from './compose-checks';
import schema from './compose-spec.json';

const ROOT = path.join(__dirname, '..', '..');
const fileText = (name: string) => readFileSync(path.join(ROOT, name), 'utf8');
const file = readComposeFile(ROOT, {});
const OVERLAYS = ['deploy/compose.encryption.yml', 'deploy/compose.notifications.yml'];
const overlays = OVERLAYS.map((name) => readComposeFile(ROOT, {}, name));
const services = Object.entries(file.services);
const ofOurs = services.filter(([, service]) => service.build !== undefined);

describe('the schema of the Compose Specification', () => {
  const validator = new Ajv2020({ strict: false, allErrors: true });
  addFormats(validator);
  const isValid = validator.compile(schema);

  test('allows the files', () => {
    for (const one of [file, ...overlays]) {
      isValid(one);
      expect(isValid.errors ?? []).toEqual([]);
    }
  });

  test.each([
    ['a word that it does not know', { ...file, services: { one: { imagee: 'x:1.0' } } }],
    ['a health check that is not text', { ...file, services: { one: { healthcheck: { test: ['CMD', { a: 1 }] } } } }],
  ])('refuses %s', (_what, broken) => {
    expect(isValid(broken)).toBe(false);
  });
});

describe('our own checks', () => {
  test('find nothing', () => {
    expect(findProblems(file)).toEqual([]);
    expect(misspelled(fileText('docker-compose.yml'), variablesOfProduct(ROOT))).toEqual([]);
  });

  test('find what is wrong', () => {
    const service: Service = { image: 'postgres:17', user: '0:0', ports: ['8234:8234'] };
    expect(findProblems({ ...file, services: { one: service } })).toHaveLength(8);
    expect(misspelled('IMAGEPIPELINE_API_KEYS', variablesOfProduct(ROOT))).toEqual(['IMAGEPIPELINE_API_KEYS']);
  });
});

test('no secret is in a variable, and none is empty there: worker.env may set whatever the file does not', () => {
  const set = [file, ...overlays]
    .flatMap((one) => Object.values(one.services))
    .flatMap(({ environment }) => Object.entries(environment ?? {}));
  const secrets: readonly string[] = SECRET_VARIABLES.filter((name) => name !== 'IMAGEPIPELINE_API_KEY');
  expect(set.filter(([name, value]) => secrets.includes(name) || value === '')).toEqual([]);
  expect(set.filter(([name]) => /^IMAGEPIPELINE_(STORE|CALLBACK_URL)$/.test(name))).toEqual([
    ['IMAGEPIPELINE_CALLBACK_URL', 'http://127.0.0.1:8234'],
  ]);
});

test.each(OVERLAYS)('%s is laid over services that are there, and every secret has its file', (name) => {
  const known = new Set(Object.keys(file.services));
  const overlay = readComposeFile(ROOT, {}, name);
  expect(Object.keys(overlay.services).filter((service) => !known.has(service))).toEqual([]);
  expect(misspelled(fileText(name), variablesOfProduct(ROOT))).toEqual([]);
  for (const { secrets = [] } of Object.values(overlay.services)) {
    expect(Object.keys((overlay as unknown as { secrets: object }).secrets)).toEqual(expect.arrayContaining(secrets));
  }
});

test('the Dockerfile pins its base and does not run as root', () => {
  const dockerfile = fileText('Dockerfile');
  const bases = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, base = '']) => base);
  expect(bases).toHaveLength(2);
  expect(bases.every(isPinned)).toBe(true);
  expect(isUserByNumber(/^USER (\S+)$/m.exec(dockerfile)?.[1] ?? '')).toBe(true);
  expect(ourEntrypoint(ROOT)).toEqual(['node', 'bin/imagepipeline.js']);
});

test('everything that the build compiles comes into the image that builds', () => {
  const { include } = JSON.parse(fileText('tsconfig.build.json')) as { readonly include: readonly string[] };
  const kept = fileText('.dockerignore').split('\n');
  // The build copies the schemas as they are.
  expect([...include, 'schemas'].filter((folder) => !kept.includes(`!${folder}`))).toEqual([]);
});

test('every version is the one that is meant everywhere', () => {
  const { version } = JSON.parse(fileText('package.json')) as { version: string };
  expect(new Set(ofOurs.map(([, { image }]) => image))).toEqual(new Set([`imagepipeline-temporal:${version}`]));
  for (const name of ['temporal', 'temporal-schema', 'temporal-namespace']) {
    expect(getService(file, name).image).toMatch(new RegExp(`:${TEMPORAL_SERVER_VERSION}$`));
  }
  expect(fileText('tools/temporal-server/go.mod')).toContain(`go.temporal.io/server v${TEMPORAL_SERVER_VERSION}`);
});

test.each(ofOurs)('%s runs a command that the command line has', async (_name, { command = [] }) => {
  const { code, stdout } = await runInside([...command, '--help'], tempFolder());
  expect({ code, usage: /^Usage: imagepipeline/m.test(stdout) }).toEqual({ code: 0, usage: true });
});

test('what the product reads of the settings is right', () => {
  const secrets = { IMAGEPIPELINE_API_KEY: 'ip_live_x', IMAGEPIPELINE_CALLBACK_SECRET: 'x'.repeat(64) };
  const image = ourImageVariables(ROOT);
  for (const name of ['worker', 'emulator-worker']) {
    const settings = parseWorkerSettings({ ...image, ...getService(file, name).environment, ...secrets }, '/');
    expect(settings.store).toBe('/var/lib/imagepipeline');
    expect(settings.callbacks === null).toBe(name === 'worker');
    expect(settings.telemetry).toEqual({
      metrics: name === 'worker' ? { host: '0.0.0.0', port: 9464 } : null,
      log: { format: 'json', level: 'WARN' },
    });
  }
  for (const name of ['gateway', 'emulator-gateway']) {
    const problems: string[] = [];
    const settings = parseGatewaySettings({ ...getService(file, name).environment, ...secrets }, undefined, problems);
    expect({ problems, port: settings?.port, host: settings?.host }).toEqual({
      problems: [],
      port: 8234,
      host: '0.0.0.0',
    });
    const { environment } = getService(file, name);
    expect(parseApiSettings({ ...environment }, problems)).toBeNull();
    const api = parseApiSettings({ ...environment, IMAGEPIPELINE_API_TOKENS: 'x'.repeat(64) }, problems);
    expect({ problems, port: api?.port, host: api?.host }).toEqual({ problems: [], port: 8235, host: '0.0.0.0' });
  }
});
