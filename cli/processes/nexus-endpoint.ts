/** The Nexus endpoint by which other namespaces reach our workers. */
import { type ConnectionLike, isGrpcServiceError } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import { UsageError } from '../usage-error';

type Spec = temporal.api.nexus.v1.IEndpointSpec;

interface EndpointToCreate {
  readonly name: string;
  readonly namespace: string;
  readonly taskQueue: string;
}

/**
 * Creates an endpoint. Returns `false` if it exists.
 *
 * @throws UsageError if an endpoint of this name leads elsewhere, or the server refuses to create one
 */
export async function createNexusEndpoint(
  { operatorService }: ConnectionLike,
  { name, namespace, taskQueue }: EndpointToCreate,
): Promise<boolean> {
  const target = { worker: { namespace, taskQueue } };
  try {
    const found = (await operatorService.listNexusEndpoints({ name })).endpoints?.[0]?.spec;
    if (found) {
      refuseOtherTarget(found, { name, namespace, taskQueue });
      return false;
    }
    await operatorService.createNexusEndpoint({ spec: { name, target } });
    return true;
  } catch (error) {
    if (!isGrpcServiceError(error)) throw error;
    throw new UsageError([
      `the server refuses to create the endpoint ${name} (${error.details}); create it in the administration of your ` +
        `server, with the target namespace "${namespace}" and the target task queue "${taskQueue}"`,
    ]);
  }
}

function refuseOtherTarget({ target }: Spec, { name, namespace, taskQueue }: EndpointToCreate): void {
  const worker = target?.worker;
  if (worker?.namespace === namespace && worker.taskQueue === taskQueue) return;
  const where = worker ? `task queue "${worker.taskQueue}" in namespace "${worker.namespace}"` : 'another address';
  throw new UsageError([
    `endpoint ${name} exists and leads to ${where}; choose another name, or set TEMPORAL_NAMESPACE`,
  ]);
}
