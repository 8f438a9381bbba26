/**
 * What a connected client does. `connect` loads it, with Temporal's client, the checks of requests and the store, so a
 * service that has only imported the library has loaded none of these.
 */
export { askWorker } from '../connection/ask-worker';
export {
  closeTemporal,
  connectTemporal,
  findEncryption,
  readTemporalTarget,
  toConnectionError,
} from '../connection/connection';
export { checkDataConverter } from '../connection/given-client';
export { StartAttributes } from '../connection/search-attributes';
export { WorkflowStarter } from '../connection/workflow-starter';
export { PictureInputs } from '../input/pictures/picture-inputs';
export { toStoredWork } from '../input/requests/item-options';
export { createDataConverter } from '../payloads';
export { AccountHandle } from './account/account-handle';
export { callApi, Profiles } from './account/call-api';
export { BatchHandle } from './batches/batch-handle';
export { listBatches } from './batches/list-batches';
export { planBatch } from './batches/plan-batch';
export { RowIndex } from './batches/row-index';
export { ScheduleHandle } from './batches/schedule-handle';
export { Schedules } from './batches/schedules';
export { startFromRows, storeFromRows } from './batches/start-from-rows';
export { startPlanned } from './batches/start-planned';
export { readAccount, toStoreEnvironment } from './connect-options';
export { ItemHandle } from './items/item-handle';
export { startItem, startResolved, storeInputs } from './items/start-item';
export { startRescue, startRescues } from './items/start-rescue';
export { openStore } from './open-store';
export { StoreHandle } from './store/store-handle';
