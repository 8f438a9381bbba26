/** The import rules of the architecture hold for the real sources, and would be noticed if they did not. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { tempFolder } from '../support/temp-folder';
import { AREAS, violations } from './import-rules';
import { readSources } from './sources';

/** All of the product, read once. */
const SOURCES = readSources(path.join(__dirname, '..', '..'));

/** What the rules say of a product that consists of these files. */
function violationsIn(files: Readonly<Record<string, string>>): readonly string[] {
  const root = tempFolder();
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), text);
  }
  return violations(readSources(root));
}

test('no source of the product breaks an import rule', () => {
  expect(violations(SOURCES)).toEqual([]);
});

test.each(AREAS)('the sources of %s are really looked at', (area) => {
  expect(SOURCES.filter(({ file }) => file.startsWith(`${area}/`)).length).toBeGreaterThan(0);
});

describe('a planted violation is caught', () => {
  test.each([
    ['a workflow that imports an activity', 'workflows/x.ts', "import { y } from '../activities/y';"],
    [
      'a workflow that imports only the type of an activity',
      'workflows/x.ts',
      "import type { y } from '../activities/y';",
    ],
    ['a workflow that imports only types by name', 'workflows/x.ts', "import { type y } from '../activities/y';"],
    [
      'a workflow that names the type of an activity in place',
      'workflows/x.ts',
      "type Y = import('../activities/y').Y;",
    ],
    ['a workflow that exports an activity', 'workflows/x.ts', "export { y } from '../activities';"],
    ['a workflow that exports all activities', 'workflows/x.ts', "export * from '../activities';"],
    ['a workflow that loads an activity later', 'workflows/x.ts', "export const y = () => import('../activities/y');"],
    ['a workflow that requires an activity', 'workflows/x.ts', "const y = require('../activities/y');"],
    ['a workflow that requires it as a module', 'workflows/x.ts', "import y = require('../activities/y');"],
    ['a workflow that imports for the effect', 'workflows/x.ts', "import '../activities/y';"],
    ['a workflow with zod', 'workflows/x.ts', "import { z } from 'zod';"],
    ['a workflow with node', 'workflows/deep/x.ts', "import fs from 'node:fs';"],
    ['the domain with a workflow', 'workflows/domain/x.ts', "import type { y } from '../messages';"],
    ['the domain with a package', 'workflows/domain/x.ts', "import { sleep } from '@temporalio/workflow';"],
    ['an activity with a workflow', 'activities/x.ts', "import { y } from '../workflows/messages';"],
    ['an activity with a deep path out', 'activities/a/b/x.ts', "import type { y } from '../../../worker/y';"],
    [
      'the worker with the inside of the activities',
      'worker/x.ts',
      "import { y } from '../activities/item/await-job';",
    ],
    ['the worker with workflow code', 'worker/x.ts', "import { y } from '../workflows';"],
    ['the worker with the inside of nexus', 'worker/x.ts', "import { y } from '../nexus/run-item';"],
    ['nexus with the library', 'nexus/x.ts', "import { y } from '../client/y';"],
    ['nexus with the worker of the SDK', 'nexus/x.ts', "import { Worker } from '@temporalio/worker';"],
    ['a workflow with the handlers of nexus', 'workflows/x.ts', "import type { y } from '../nexus';"],
    ['a workflow with another package of nexus', 'workflows/x.ts', "import { service } from 'nexus-rpc';"],
    ['payloads with the client', 'payloads/x.ts', "import type { y } from '../client/y';"],
    ['payloads with the worker of the SDK', 'payloads/x.ts', "import { Worker } from '@temporalio/worker';"],
    [
      'the failure converter, which workflows load, with node',
      'payloads/failure-converter.ts',
      "import path from 'node:path';",
    ],
    ['an activity with the keys', 'activities/x.ts', "import { y } from '../payloads';"],
    ['a workflow with the keys', 'workflows/x.ts', "import type { y } from '../payloads';"],
    ['the worker with the inside of payloads', 'worker/x.ts', "import { y } from '../payloads/cipher';"],
    ['the input with the library', 'input/x.ts', "import type { y } from '../client/y';"],
    ['the input with the store', 'input/x.ts', "import { y } from '../activities/store';"],
    ['the input with Temporal', 'input/x.ts', "import type { Client } from '@temporalio/client';"],
    ['the input with pictures', 'input/x.ts', "import sharp from 'sharp';"],
    ['the library with the worker', 'client/x.ts', "import { startWorker } from '../worker';"],
    ['the library with the types of the emulator', 'client/x.ts', "import type { y } from '../emulator';"],
    [
      'the library with workflow code',
      'client/x.ts',
      "import { imagePipelineItem } from '../workflows/item/item-workflow';",
    ],
    ['the library with an activity', 'client/x.ts', "import type { y } from '../activities/item/await-job';"],
    ['the library with the inside of the store', 'client/x.ts', "import { y } from '../activities/store/safe';"],
    ['the library with native code', 'client/x.ts', "import { Worker } from '@temporalio/worker';"],
    [
      'the gateway with the inside of the callbacks',
      'gateway/x.ts',
      "import { y } from '../activities/callback/token';",
    ],
    ['the library with the callbacks', 'client/x.ts', "import { y } from '../activities/callback';"],
    ['the library with a web server', 'client/x.ts', "import fastify from 'fastify';"],
    ['the gateway with code of the worker', 'gateway/x.ts', "import { Worker } from '@temporalio/worker';"],
    ['the library with pictures', 'client/x.ts', "import sharp from 'sharp';"],
    ['the connection with the library', 'connection/x.ts', "import { y } from '../client/y';"],
    ['the connection with the store', 'connection/x.ts', "import { y } from '../activities/store';"],
    ['the library with a command', 'client/x.ts', "import { y } from '../cli/y';"],
    ['the library with the types of a command', 'client/x.ts', "import type { y } from '../cli/y';"],
    ['the library with the gateway', 'client/x.ts', "import type { y } from '../gateway';"],
    ['the gateway with the page', 'gateway/x.ts', "import { y } from './dashboard/app/y';"],
    ['the page with the code of a route', 'gateway/dashboard/app/x.tsx', "import { y } from '../../api/batches';"],
    ['the page with Node', 'gateway/dashboard/app/a/x.tsx', "import path from 'node:path';"],
    [
      'the page with the types of the library',
      'gateway/dashboard/app/x.ts',
      "import type { y } from '../../../client/y';",
    ],
    ['the gateway with a command', 'gateway/x.ts', "import { y } from '../cli/y';"],
    ['a command with the inside of the gateway', 'cli/x.ts', "import { y } from '../gateway/server';"],
    ['a command with an activity', 'cli/x.ts', "import type { y } from '../activities/item/await-job';"],
    ['a command that is not dev or worker with the worker', 'cli/show.ts', "import { y } from '../worker';"],
    ['a command whose name only begins like dev', 'cli/devices.ts', "import { y } from '../emulator';"],
    [
      'the emulator with code of the domain',
      'emulator/x.ts',
      "import { FAILURES } from '../workflows/domain/failures/failures';",
    ],
    ['the emulator with the activities', 'emulator/x.ts', "import type { y } from '../activities';"],
    ['the worker with the tools', 'worker/x.ts', "import { resolveTemporalCli } from '../tools/temporal';"],
    ['the tools with the product', 'tools/temporal/x.ts', "import { y } from '../../worker';"],
    ['a failure class outside its file', 'activities/x.ts', "import { ApplicationFailure } from '@temporalio/common';"],
    ['the type of a failure class', 'client/x.ts', "import type { TimeoutFailure } from '@temporalio/client';"],
    ['the environment', 'worker/x.ts', 'export const key = process.env.KEY;'],
    ['the environment by a text', 'cli/x.ts', "export const env = process['env'];"],
    ['the environment taken apart', 'emulator/x.ts', 'const { env } = process;'],
    ['the environment imported', 'activities/x.ts', "import { env } from 'node:process';"],
  ])('%s', (_name, file, text) => {
    expect(violationsIn({ [file]: text })).toEqual([expect.stringContaining(`${file}: `)]);
  });
});

test('what the table allows is allowed', () => {
  expect(
    violationsIn({
      'workflows/x.ts': "import { y } from './domain/a/y'; import { sleep } from '@temporalio/workflow';",
      'workflows/domain/item/application-failure.ts': "import { ApplicationFailure } from '@temporalio/common';",
      'activities/a/x.ts': "import { judge } from '../../workflows/domain/failures/fault'; import { z } from 'zod';",
      'worker/x.ts': "import { createActivities } from '../activities'; // process.env",
      'worker/z.ts': "import { createNexusService } from '../nexus';",
      'workflows/nexus-service.ts': "import { service } from 'nexus-rpc';",
      'nexus/x.ts': "import { y } from '../connection/y'; import { startWorkflow } from '@temporalio/nexus';",
      'client/x.ts': "import type { g } from '../workflows/g'; import { TASK_QUEUE } from '../workflows/messages';",
      'input/a/x.ts': "import { y } from '../../workflows/domain/a/y'; import { z } from 'zod';",
      'client/a/x.ts': "import { planRows } from '../../input/plan';",
      'worker/y.ts': "import { dataConverterFor } from '../payloads';",
      'payloads/x.ts': "import { temporal } from '@temporalio/proto'; import path from 'node:path';",
      'connection/connection.ts': "import { dataConverterFor } from '../payloads';",
      'client/open-store.ts': "import { FilesystemStore } from '../activities/store';",
      'gateway/x.ts': "import { verifyToken } from '../activities/callback'; import fastify from 'fastify';",
      'gateway/api/x.ts': "import { openStore } from '../../client/open-store'; import sharp from 'sharp';",
      'gateway/dashboard/app/x.tsx':
        "import { FAILURES } from '../../../workflows/domain/failures/failures'; import type { z } from 'zod'; export const y = <p />;",
      'gateway/dashboard/app/a/y.ts':
        "import type { batchSchema } from '../../../api/answers'; import { h } from 'preact';",
      'cli/dev/x.ts':
        "import { a } from '../../worker'; import { b } from '../../emulator'; import { c } from '../../gateway';",
      'cli/processes/worker.ts': "import { startWorker } from '../../worker';",
      'cli/demo/x.ts': "import { c } from '../../tools/temporal/package-root';",
      'emulator/x.ts': "import type { FailureCode } from '../workflows/domain/failures/failures';",
      'bench/x.ts': "import { d } from '../tools/temporal'; console.log(process.env);",
      'bin/x.js': "#!/usr/bin/env node\nrequire('../dist/cli/run-process.js').main(process.env);",
    }),
  ).toEqual([]);
});
