/** The handlers of the Nexus service, for a worker. They use the client of the worker that runs them. */
import { type ServiceHandler, serviceHandler } from 'nexus-rpc';
import { StartAttributes } from '../connection/search-attributes';
import type { BatchState } from '../workflows/domain/batch/batch-state';
import type { ItemReport } from '../workflows/domain/item/item';
import { imagePipelineService, type RunBatchInput, type RunItemInput } from '../workflows/nexus-service';
import { cancelRun } from './cancel';
import { toBatchStart } from './run-batch';
import { toItemStart } from './run-item';
import { StartOrAttach } from './start-or-attach';
import { readStatus } from './status';

/** Creates the handlers of all operations. */
export function createNexusService(): ServiceHandler<(typeof imagePipelineService)['operations']> {
  const attributes = StartAttributes.ifRegistered();
  return serviceHandler(imagePipelineService, {
    runItem: new StartOrAttach<RunItemInput, ItemReport>(attributes, toItemStart),
    runBatch: new StartOrAttach<RunBatchInput, BatchState>(attributes, toBatchStart),
    cancel: cancelRun,
    status: readStatus,
  });
}
