/** The page of what is where names every command, every method of the library, every route and every message, and explains each gap. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { loadAll } from '../../cli/main';
import type { ImagePipelineClient } from '../../client';
import { RowIndex } from '../../client/batches/row-index';
import { openStore } from '../../client/open-store';
import { TokenBook } from '../../gateway/api/access/token-book';
import { AccountWatch } from '../../gateway/api/account-watch';
import { BatchWatches } from '../../gateway/api/batch-watches';
import { buildApiServer } from '../../gateway/api/server';
import * as messages from '../../workflows/messages';
import { imagePipelineService } from '../../workflows/nexus-service';
import { tempFolder } from '../support/temp-folder';

const ROOT = path.join(__dirname, '..', '..');
const read = (file: string) => readFileSync(path.join(ROOT, file), 'utf8');

/** Rows of five cells, without the headings. */
const rows = read('docs/parity.md')
  .split('\n')
  .filter((line) => /^\| (?!To|---)/.test(line))
  .map((line) => line.slice(2, -2).split(' | '));

/** What the code spans of a column name. */
function named(column: number): readonly string[] {
  return rows.flatMap((cells) => [...(cells[column] ?? '').matchAll(/`([^`]+)`/g)].map(([, name = '']) => name));
}

test('every row has a word for each way', () => {
  expect(rows.filter((cells) => cells.length !== 5 || cells.some((cell) => cell.trim() === ''))).toEqual([]);
});

function listCommands(command: Command, before: string): readonly string[] {
  const name = `${before}${command.name()}`;
  const inner = command.commands.flatMap((one) => listCommands(one, `${name} `));
  // One command with the operations as its first word.
  if (name === 'run') return [name];
  // A group of commands does nothing of its own.
  return inner.length > 0 && name !== 'gateway' ? inner : [name, ...inner];
}

test('it has every command, and no other', async () => {
  const nowhere = { write: () => true };
  const program = await loadAll({ env: {}, cwd: '.', stdout: nowhere, stderr: nowhere });
  const commands = program.commands.flatMap((command) => listCommands(command, ''));
  expect([...new Set(named(1))].sort()).toEqual([...commands].sort());
});

const CLASSES = {
  client: 'ImagePipelineClient',
  item: 'ItemHandle',
  batch: 'BatchHandle',
  schedule: 'ScheduleHandle',
  schedules: 'Schedules',
  account: 'AccountHandle',
  profiles: 'Profiles',
  store: 'StoreHandle',
};

/** Public methods by the reference of the API, which is made of the types; a class that is not in it by its source. */
function listMethods([handle, name]: readonly [string, string]): readonly string[] {
  const text = name === 'AccountHandle' ? read('client/account/account-handle.ts') : read('docs/api.md');
  const [, body = ''] =
    new RegExp(`(?:^|\\n)(?:export )?class ${name}\\b[^\\n]*\\{\\n([\\s\\S]*?)\\n\\}`).exec(text) ?? [];
  const methods = [...body.matchAll(/^ {2}(?:static |async )?(\w+)(?:<[^(]*>)?\(/gm)].map(([, method = '']) => method);
  return methods.filter((method) => method !== 'constructor').map((method) => `${handle}.${method}`);
}

test('it has every method of the library', () => {
  const methods = Object.entries(CLASSES).flatMap(listMethods);
  expect(methods.length).toBeGreaterThan(30);
  expect(methods.filter((method) => !named(2).includes(method))).toEqual([]);
  const handles = named(2).filter((name) => Object.hasOwn(CLASSES, name.split('.')[0] ?? ''));
  expect(handles.filter((name) => name !== 'client.temporal' && !methods.includes(name))).toEqual([]);
});

test('it has every route of the OpenAPI document, and no other', async () => {
  const store = openStore({ IMAGEPIPELINE_STORE: tempFolder() }, '/');
  const log = () => undefined;
  // Routes ask it for its account when they are added, and for nothing more.
  const client = { account: () => ({}), profiles: () => ({}) } as unknown as ImagePipelineClient;
  const settings = { maxBatchBytes: 1, requestsPerMinute: 1 };
  const stopping = new AbortController().signal;
  const tools = {
    client,
    store,
    rows: new RowIndex(store.batches),
    watches: new BatchWatches(() => Promise.reject(new Error('no batch is followed')), stopping),
    accountWatch: new AccountWatch(() => Promise.reject(new Error('the account is not sampled')), stopping),
    settings,
    log,
    stopping,
  };
  const app = await buildApiServer(settings, new TokenBook([], null, log), tools);
  const { paths } = (await app.inject('/openapi.json')).json<{ readonly paths: Readonly<Record<string, object>> }>();
  await app.close();
  const routes = Object.entries(paths).flatMap(([url, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${url}`),
  );
  expect(
    named(3)
      .filter((name) => name.includes('/v1/'))
      .sort(),
  ).toEqual([...routes].sort());
});

test('it has every operation of the Nexus service', () => {
  const operations = Object.keys(imagePipelineService.operations);
  expect(operations.filter((name) => !named(4).includes(name))).toEqual([]);
});

/** Between our own workflows. */
const INTERNAL = ['pageTally', 'requestPermits'];

test('it has every query and update that a caller may send', () => {
  const names = Object.values(messages).flatMap((message) =>
    typeof message === 'object' && 'type' in message && /query|update/.test(message.type) ? [message.name] : [],
  );
  expect(names.length).toBeGreaterThan(12);
  expect(names.filter((name) => !INTERNAL.includes(name) && !named(4).includes(name))).toEqual([]);
});
