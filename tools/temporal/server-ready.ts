import { createConnection } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { toMessage } from './errors';
import { registerMissing } from './search-attributes';

interface ReadyOptions {
  readonly port: number;
  readonly namespace: string;
  /** Required search attributes, each `Name=Type`. */
  readonly searchAttributes: readonly string[];
  readonly timeoutMs: number;
  /** Aborts the wait; it rejects with the signal's reason. */
  readonly signal: AbortSignal;
}

const POLL_INTERVAL_MS = 50;
const CALL_TIMEOUT_MS = 2_000;

/** Waits until the server answers calls about the namespace; an open port is not sufficient. */
export async function waitUntilReady(options: ReadyOptions): Promise<void> {
  const deadline = Date.now() + options.timeoutMs;
  for (let last = 'its port is closed'; ; await sleep(POLL_INTERVAL_MS)) {
    options.signal.throwIfAborted();
    if (Date.now() > deadline) throw new Error(`not ready after ${options.timeoutMs / 1000} s: ${last}`);
    // Checks the port first: a gRPC channel waits a second after a refused connection.
    if (!(await isOpen(options.port))) continue;
    const problem = await whyNotServing(options);
    // Checked again: another program may have taken the port and answered.
    options.signal.throwIfAborted();
    if (problem === null) return;
    last = problem;
  }
}

async function whyNotServing(options: ReadyOptions): Promise<string | null> {
  const address = `127.0.0.1:${options.port}`;
  try {
    const connection = await Connection.connect({ address, connectTimeout: CALL_TIMEOUT_MS });
    try {
      return await connection.withDeadline(Date.now() + CALL_TIMEOUT_MS, () => whatIsMissing(connection, options));
    } finally {
      await connection.close();
    }
  } catch (error) {
    return toMessage(error);
  }
}

async function whatIsMissing(connection: Connection, options: ReadyOptions): Promise<string | null> {
  const { namespace } = options;
  await connection.workflowService.describeNamespace({ namespace });
  const missing = await registerMissing(connection, namespace, options.searchAttributes);
  return missing.length === 0 ? null : `search attributes not registered yet: ${missing.join(', ')}`;
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port });
    const settle = (open: boolean) => {
      socket.destroy();
      resolve(open);
    };
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
  });
}
