/**
 * The Temporal server of a test: a namespace of its own on the server that all test files share, which is a development
 * server, or, where TEST_TEMPORAL is `postgres`, a server with PostgreSQL.
 */
import { randomUUID } from 'node:crypto';
import { chmodSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time';
import { startLine } from '../../bench/chaos/line';
import { startTemporalServer } from '../../tools/temporal';
import { findSharedServer } from '../shared-server';
import { FEW_EVENTS, fewEventsArgument, type HowFew } from './few-events';
import { ON_POSTGRES } from './on-postgres';
import { tempFolder } from './temp-folder';

export interface TestTemporal {
  readonly address: string;
  readonly namespace: string;
  /** What leads there, for clients, workers and commands. */
  readonly env: { readonly TEMPORAL_ADDRESS: string; readonly TEMPORAL_NAMESPACE: string };
  /** From then on nobody answers at the address, if the server is the test's own. May be called again. */
  stop(): Promise<void>;
}

export interface TestTemporalOptions {
  /** After how few events workflows continue as new; for one server at a time. Default: as the server has it. */
  readonly fewEvents?: HowFew;
  /** Whether the test stops the server, or needs another cluster. Default false. */
  readonly isOwn?: boolean;
}

export async function startTestTemporal({ fewEvents, isOwn = false }: TestTemporalOptions = {}): Promise<TestTemporal> {
  if (ON_POSTGRES) return namespaceOnPostgres(fewEvents);
  return isOwn || fewEvents !== undefined ? developmentServer(fewEvents) : namespaceOnSharedServer();
}

async function namespaceOnSharedServer(): Promise<TestTemporal> {
  const address = await findSharedServer(process.env['TEST_TEMPORAL_PORT'] ?? '');
  return testTemporal(address, await registerNamespace(address, newNamespace()), async () => undefined);
}

async function developmentServer(fewEvents: HowFew | undefined): Promise<TestTemporal> {
  const given = process.env['TEMPORAL_CLI_PATH'] ?? '';
  const cliPath = fewEvents ? cliWithFewEvents(given, fewEvents) : given;
  const server = await startTemporalServer({ cliPath, port: 0, uiPort: null });
  return testTemporal(server.address, 'default', () => server.stop());
}

async function namespaceOnPostgres(fewEvents: HowFew | undefined): Promise<TestTemporal> {
  const shared = process.env['TEST_TEMPORAL_ADDRESS'] ?? '';
  const namespace = fewEvents ? FEW_EVENTS[fewEvents].namespace : newNamespace();
  await registerNamespace(shared, namespace);
  const line = await startLine(shared);
  return testTemporal(line.address, namespace, () => line.cut());
}

function newNamespace(): string {
  return `test-${randomUUID()}`;
}

function testTemporal(address: string, namespace: string, stop: () => Promise<void>): TestTemporal {
  return { address, namespace, env: { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace }, stop };
}

async function registerNamespace(address: string, namespace: string): Promise<string> {
  const connection = await Connection.connect({ address });
  try {
    const workflowExecutionRetentionPeriod = msToTs('1 day');
    await connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod });
    return namespace;
  } finally {
    await connection.close();
  }
}

/** The command line of Temporal, but its server is told one thing more. */
function cliWithFewEvents(cliPath: string, few: HowFew): string {
  const file = path.join(tempFolder(), 'temporal');
  writeFileSync(file, `#!/bin/sh\nexec '${cliPath}' "$@" --dynamic-config-value '${fewEventsArgument(few)}'\n`);
  chmodSync(file, 0o755);
  return file;
}
