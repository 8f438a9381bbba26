/** Exports of the activities for the worker. */
export { type CallbackSettings, parseCallbackSettings } from './callback';
export { type ActivityOptions, createActivities } from './create-activities';
export { type ApiSettings, createImagePipelineApi, type ImagePipelineApi, MAX_POST_MS } from './imagepipeline/api';
export type { StatusVerdict } from './imagepipeline/classify-status';
export {
  CallbackListener,
  compareWithAssumptions,
  type Evidence,
  gatherEvidence,
  type ReportLine,
  type Verdict,
} from './imagepipeline/live';
export { createUndiciTransport } from './imagepipeline/undici-transport';
export { DEFAULT_READ_COST } from './item/polling/polling';
export { isReported } from './item/report-acceptance';
export { UndocumentedAnswers } from './item/undocumented-answers';
export { readProxies } from './network/proxies';
export { NotificationSender, type NotificationSettings, parseNotifySecrets } from './notifications';
export { type ProcessPause, ProcessPauseWatch } from './running/process-pause';
export type { BatchStore, Manifest, ManifestRow } from './store/batch-store';
export { FilesystemStore } from './store/folder/filesystem-store';
export {
  type OpenedStore,
  openStore,
  parseStoreSettings,
  type StoreSettings,
} from './store/open-store';
export { type ResultStore, StoreUnavailable } from './store/result-store';
export { SettingsError } from './store/settings-error';
