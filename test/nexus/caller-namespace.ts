/** Another team: a namespace of its own on the same server, with a worker that has none of our workflows. */
import { randomUUID } from 'node:crypto';
import { Client, Connection, WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure, NexusOperationFailure } from '@temporalio/common';
import { NativeConnection, Worker } from '@temporalio/worker';
import { HandlerError } from 'nexus-rpc';
import { quiet } from '../support/quiet';
import { startTestTemporal, type TestTemporal } from '../support/temporal';
import { until } from '../support/until';
import type { call, makeBicycle } from './fixtures/caller';

const QUEUE = 'callers';

export interface CallerNamespace {
  readonly endpoint: string;
  /** Starts a workflow that calls one operation. */
  start(...args: Parameters<typeof call> extends [string, ...infer Rest] ? Rest : never): Promise<CallerRun>;
  /** Runs one to its end. */
  call(...args: Parameters<typeof call> extends [string, ...infer Rest] ? Rest : never): Promise<unknown>;
  makeBicycle(id: string): ReturnType<typeof makeBicycle>;
  close(): Promise<void>;
}

export interface CallerRun {
  result(): Promise<unknown>;
  cancel(): Promise<unknown>;
  /** The operation has been started: its workflow has the caller's request. */
  untilStarted(): Promise<unknown>;
}

export async function startCallerNamespace(server: TestTemporal, taskQueue: string): Promise<CallerNamespace> {
  quiet();
  const other = await startTestTemporal();
  const connection = await Connection.connect({ address: server.address });
  const endpoint = `test-${randomUUID()}`;
  const target = { worker: { namespace: server.namespace, taskQueue } };
  await connection.operatorService.createNexusEndpoint({ spec: { name: endpoint, target } });
  const native = await NativeConnection.connect({ address: other.address });
  const { namespace } = other;
  const worker = await Worker.create({
    connection: native,
    namespace,
    taskQueue: QUEUE,
    workflowsPath: require.resolve('./fixtures/caller'),
  });
  const stopped = worker.run();
  const client = new Client({ connection, namespace });
  const start: CallerNamespace['start'] = async (...args) => {
    const handle = await client.workflow.start<typeof call>('call', {
      workflowId: randomUUID(),
      taskQueue: QUEUE,
      args: [endpoint, ...args],
    });
    return {
      result: () => handle.result(),
      cancel: () => handle.cancel(),
      untilStarted: () =>
        until('the operation is started', async () => {
          const { events } = await handle.fetchHistory();
          return events?.some((event) => event.nexusOperationStartedEventAttributes) ?? false;
        }),
    };
  };
  return {
    endpoint,
    start,
    call: async (...args) => (await start(...args)).result(),
    makeBicycle: (id) =>
      client.workflow.execute<typeof makeBicycle>('makeBicycle', {
        workflowId: randomUUID(),
        taskQueue: QUEUE,
        args: [endpoint, id],
      }),
    close: async () => {
      worker.shutdown();
      await stopped;
      await native.close();
      await connection.close();
      await other.stop();
    },
  };
}

/** What a caller sees of a call that failed. */
export interface SeenFailure {
  /** Type of the handler error; `null` if the operation itself failed. */
  readonly handlerError: string | null;
  readonly retryable: boolean | null;
  /** The first cause with a type: its type, message and details. */
  readonly type: string | null;
  readonly message: string;
  readonly details: readonly unknown[];
  /** How many causes are around it. */
  readonly depth: number;
}

export async function findFailure(calling: Promise<unknown>): Promise<SeenFailure> {
  const error = await calling.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof WorkflowFailedError)) throw new Error(`the call did not fail: ${String(error)}`);
  const operation = error.cause;
  if (!(operation instanceof NexusOperationFailure))
    throw new Error(`no failure of an operation: ${String(operation)}`);
  let cause = operation.cause;
  const handler = cause instanceof HandlerError ? cause : null;
  let depth = 0;
  while (cause?.cause instanceof Error) {
    cause = cause.cause;
    depth += 1;
  }
  const typed = cause instanceof ApplicationFailure ? cause : null;
  return {
    handlerError: handler?.type ?? null,
    retryable: handler?.retryable ?? null,
    type: typed?.type ?? cause?.name ?? null,
    message: cause?.message ?? '',
    details: typed?.details ?? [],
    depth,
  };
}
