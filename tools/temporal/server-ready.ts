import { once } from 'node:events';
import { createConnection } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { toMessage } from './errors';

const POLL_INTERVAL_MS = 50;
const CALL_TIMEOUT_MS = 2_000;
const NAMESPACE = 'default';
const KEYWORD = temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD;

/**
 * Waits until the server answers calls about its namespace, which an open port does not promise, and until the search
 * attributes are registered. Rejects with the signal's reason when aborted.
 */
export async function waitUntilReady(
  port: number,
  searchAttributes: readonly string[],
  timeoutMs: number,
  signal: AbortSignal,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (let last = 'its port is closed'; ; await sleep(POLL_INTERVAL_MS)) {
    signal.throwIfAborted();
    if (Date.now() > deadline) throw new Error(`not ready after ${timeoutMs / 1000} s: ${last}`);
    // Checks the port first: a gRPC channel waits a second after a refused connection.
    if (!(await isOpen(port))) continue;
    const problem = await whyNotServing(port, searchAttributes).catch(toMessage);
    // Checked again: another program may have taken the port and answered.
    signal.throwIfAborted();
    if (problem === null) return;
    last = problem;
  }
}

async function isOpen(port: number): Promise<boolean> {
  const socket = createConnection({ host: '127.0.0.1', port });
  const connected = await once(socket, 'connect').catch(() => null);
  socket.destroy();
  return connected !== null;
}

async function whyNotServing(port: number, searchAttributes: readonly string[]): Promise<string | null> {
  const connection = await Connection.connect({ address: `127.0.0.1:${port}`, connectTimeout: CALL_TIMEOUT_MS });
  try {
    const deadline = Date.now() + CALL_TIMEOUT_MS;
    return await connection.withDeadline(deadline, () => whatIsMissing(connection, searchAttributes));
  } finally {
    await connection.close();
  }
}

/** Registers attributes that are missing: the server's flag only applies when it creates its database. */
async function whatIsMissing(connection: Connection, attributes: readonly string[]): Promise<string | null> {
  await connection.workflowService.describeNamespace({ namespace: NAMESPACE });
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace: NAMESPACE });
  const missing = attributes.filter((name) => !Object.hasOwn(customAttributes, name));
  if (missing.length === 0) return null;
  const searchAttributes = Object.fromEntries(missing.map((name) => [name, KEYWORD]));
  await connection.operatorService.addSearchAttributes({ namespace: NAMESPACE, searchAttributes });
  return `search attributes not registered yet: ${missing.join(', ')}`;
}
