export type { CallbackRecord, Ledger, LedgerCounters, LedgerEntry, PostRecord, RefusalRecord } from './books/ledger';
export type { JobTime, LimitChanges, LimitMode, LimitPeriod, Limits } from './books/limits';
export type { UploadRecord } from './books/upload-book';
export type { CompletedEvent, FailedEvent, WebhookEvent } from './callbacks/webhook-event';
export type { Problem } from './checks';
export type { Clock } from './clock';
export { type Emulator, startEmulator } from './emulator';
export { REJECTED_PHRASES } from './endpoints/content-policy';
export { RuleError } from './faults/rule-parser';
export type {
  Action,
  AnswerAction,
  CallbackAction,
  CallbackFault,
  FailJobAction,
  JobAction,
  JobTimeAction,
  LateAt,
  Match,
  NeverAction,
  OnCallback,
  OnResult,
  OnStatus,
  OnSubmit,
  OnUpload,
  RefuseAction,
  ResultAction,
  ResultFault,
  Rule,
  Stage,
  StatusAction,
  StatusFault,
  SubmitAction,
  SubmitFault,
  UploadAction,
  WireFault,
  WithoutUrlAction,
} from './faults/rules';
export { type RefusableCode, type Refusal, SCENARIOS, type Scenario } from './faults/scenarios';
export type { JobStatus } from './jobs/job';
export type { JobStatusResponse } from './jobs/status-body';
export { checkOptions, type EmulatorOptions, EmulatorOptionsError, type WebhookOptions } from './options';
