/** Checks the Temporal server. A batch belongs to one namespace of one server; other servers do not know its workflows. */
import { type Client, isGrpcServiceError } from '@temporalio/client';
import type { Manifest, TemporalServer } from '../activities/store';
import { toConnectionError } from './connection';
import { BatchRefusedError } from './errors';

/** gRPC status codes PERMISSION_DENIED and UNIMPLEMENTED. */
const UNREPORTED: readonly number[] = [7, 12];

/**
 * Reads which server a client is connected to; its cluster is `null` if the server does not report it.
 *
 * @throws NoServerError
 */
export async function readServer(client: Client): Promise<TemporalServer> {
  const { namespace } = client.options;
  try {
    const { clusterId } = await client.workflowService.getClusterInfo({});
    return { namespace, clusterId: clusterId || null };
  } catch (error) {
    if (isGrpcServiceError(error) && UNREPORTED.includes(error.code)) return { namespace, clusterId: null };
    throw toConnectionError(client, error);
  }
}

/**
 * @param isMoved the batch was moved here for good
 * @throws BatchRefusedError if the batch belongs to another server; nothing was started
 */
export async function refuseOtherServer(client: Client, manifest: Manifest, isMoved = false): Promise<void> {
  const { batchId, server: own } = manifest;
  if (isMoved) return;
  const here = await readServer(client);
  if (isSameServer(own, here)) return;
  throw new BatchRefusedError(
    batchId,
    `it belongs to the ${describeServer(own)}, and this is the ${describeServer(here)}; nothing was started, since work ` +
      'that runs there would be paid twice. Set TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE to its own; only if it was moved for ' +
      'good and runs nowhere else: --moved-server (movedServer in the HTTP API)',
  );
}

function isSameServer(own: TemporalServer, here: TemporalServer): boolean {
  if (own.namespace !== here.namespace) return false;
  return own.clusterId === null || here.clusterId === null || own.clusterId === here.clusterId;
}

function describeServer({ namespace, clusterId }: TemporalServer): string {
  return `namespace "${namespace}" of the Temporal cluster ${clusterId ?? 'that has no id'}`;
}
