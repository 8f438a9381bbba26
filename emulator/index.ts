export type { Problem } from './checks';
export type { Clock } from './clock';
export { REJECTED_PHRASES } from './content-policy';
export { type Emulator, startEmulator } from './emulator';
export type { JobStatus } from './jobs/job';
export type { JobStatusResponse } from './jobs/status-body';
export type { CallbackRecord, Ledger, LedgerCounters, LedgerEntry, PostRecord, RefusalRecord } from './ledger';
export type { JobTime, LimitChanges, LimitMode, LimitPeriod, Limits } from './limits';
export { checkOptions, type EmulatorOptions, EmulatorOptionsError, type WebhookOptions } from './options';
export { RuleError } from './rule-parser';
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
  RefuseAction,
  ResultAction,
  ResultFault,
  Rule,
  Stage,
  StatusAction,
  StatusFault,
  SubmitAction,
  SubmitFault,
  WireFault,
  WithoutUrlAction,
} from './rules';
export { type RefusableCode, type Refusal, SCENARIOS, type Scenario } from './scenarios';
export type { CompletedEvent, FailedEvent, WebhookEvent } from './webhook-event';
