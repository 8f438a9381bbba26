/** What the server keeps, as it keeps it: read without any codec of ours. */
import { Client, Connection } from '@temporalio/client';
import type { Payload } from '@temporalio/common';
import type { temporal } from '@temporalio/proto';
import type { EncryptionCodec } from '../../payloads';
import type { TestTemporal } from '../support/temporal';

interface RawView {
  readonly workflowIds: readonly string[];
  /** Of every history and description and of the answers to queries for the current details; no search attributes or markers. */
  readonly payloads: readonly Payload[];
  /** Histories, descriptions and answers as text, bytes included as they are. */
  readonly text: string;
}

type Where = Pick<TestTemporal, 'address' | 'namespace'>;

/** Everything that the server tells of the workflows of a namespace, of those that have ended and of those that run. */
export async function rawView({ address, namespace }: Where): Promise<RawView> {
  const connection = await Connection.connect({ address });
  const { workflow, workflowService } = new Client({ connection, namespace });
  try {
    const kept: unknown[] = [];
    const workflowIds: string[] = [];
    const { executions } = await workflowService.listWorkflowExecutions({ namespace });
    for (const listed of executions) {
      const execution = { workflowId: listed.execution?.workflowId ?? '', runId: listed.execution?.runId ?? '' };
      const { workflowId, runId } = execution;
      workflowIds.push(workflowId);
      kept.push(listed, await workflow.getHandle(workflowId, runId).fetchHistory());
      kept.push(await workflowService.describeWorkflowExecution({ namespace, execution }));
      kept.push(await currentDetails(workflowService, namespace, execution));
    }
    return { workflowIds, payloads: [...payloadsIn(kept)], text: JSON.stringify(kept, asText) };
  } finally {
    await connection.close();
  }
}

type Service = Client['workflowService'];
type Execution = temporal.api.common.v1.IWorkflowExecution;

/** Never kept by the server, but sent through it. */
function currentDetails(service: Service, namespace: string, execution: Execution) {
  const query = { queryType: '__temporal_workflow_metadata' };
  return service.queryWorkflow({ namespace, execution, query });
}

/** The texts of payloads after they were decrypted: what would be found if nothing were encrypted. */
export async function decryptedText(payloads: readonly Payload[], codec: EncryptionCodec): Promise<string> {
  const decrypted = await codec.decode([...payloads]);
  return decrypted.map(({ data }) => Buffer.from(data ?? []).toString()).join('\n');
}

export function readFields(payloads: readonly Payload[], name: string): readonly string[] {
  const fields = payloads.map(({ metadata }) => Buffer.from(metadata?.[name] ?? []).toString());
  return [...new Set(fields)].sort();
}

function* payloadsIn(value: unknown): Generator<Payload> {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return;
  const { metadata } = value as { readonly metadata?: Readonly<Record<string, unknown>> };
  if (metadata?.['encoding'] instanceof Uint8Array) yield value as Payload;
  else for (const [name, child] of Object.entries(value)) if (!BESIDE_CODECS.has(name)) yield* payloadsIn(child);
}

/**
 * Search attributes are what the server searches by. Markers are the SDK's own record of the changes of a workflow that a
 * run has met: their names stand in the published code.
 */
const BESIDE_CODECS: ReadonlySet<string> = new Set(['searchAttributes', 'markerRecordedEventAttributes']);

function asText(this: unknown, key: string, value: unknown): unknown {
  // `toJSON` of a buffer has been called before this is.
  const original = (this as Readonly<Record<string, unknown>>)[key];
  return original instanceof Uint8Array ? Buffer.from(original).toString() : value;
}
