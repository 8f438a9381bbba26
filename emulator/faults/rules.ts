import type { ProviderFailureCode } from '../../workflows/domain/failures/failures';
import type { RefusableCode } from './scenarios';

/** The stage of a job's life at which a rule acts. */
export type Stage = 'upload' | 'submit' | 'job' | 'status' | 'result' | 'callback';

/** All given parts must match; a match without parts matches everything. */
export interface Match {
  /** Substring of the prompt as sent; for an upload, of the name of its file. */
  readonly promptIncludes?: string;
  /** Substring of the address of an input; the address of an upload contains the name of its file. */
  readonly inputIncludes?: string;
  /** The seed as sent; -1 if absent. */
  readonly seed?: number;
  /** For example `generate/image`. */
  readonly operation?: string;
}

/** Deviations from regular behaviour: for which jobs, and how often. */
export interface Rule {
  readonly match?: Match;
  /** Number of uses, >= 1. Default: unlimited. */
  readonly times?: number;
  readonly then: Action;
}

/** What a rule does at its stage. */
export type Action = UploadAction | SubmitAction | JobAction | StatusAction | ResultAction | CallbackAction;
/** Actions on an upload. */
export type UploadAction = (AnswerAction & { readonly on: 'upload' }) | LateAt<'upload'> | OnUpload;
/** Actions on a submission. */
export type SubmitAction =
  | RefuseAction
  | (AnswerAction & {
      readonly on?: 'submit';
      /** Whether a job is created nevertheless. Default false. */
      readonly accepted?: boolean;
    })
  | LateAt<'submit'>
  | OnSubmit;
/** Actions on an accepted job. */
export type JobAction = FailJobAction | NeverAction | WithoutUrlAction | JobTimeAction;
/** Actions on a status read. */
export type StatusAction = (AnswerAction & { readonly on: 'status' }) | LateAt<'status'> | OnStatus;
/** Actions on a download. */
export type ResultAction = (AnswerAction & { readonly on: 'result' }) | LateAt<'result'> | OnResult;
/** Actions on a callback. */
export type CallbackAction = LateAt<'callback'> | OnCallback;

/** The job is accepted and ends with this code. */
export interface FailJobAction {
  /** A published code, or any other string for an unlisted code. */
  readonly failJob: ProviderFailureCode | (string & {});
  /** Default: as published; `null` for an unlisted code. */
  readonly retryable?: boolean | null;
  /** Default: the text of the code's scenario. */
  readonly message?: string;
  /** Processing time, in ms. Default: drawn as for every job. */
  readonly jobMs?: number;
}

/** The submission is refused over HTTP, and no job exists. */
export interface RefuseAction {
  readonly refuse: RefusableCode;
}

/** Sends exactly this answer instead of the regular one. At `submit` no job is created unless `accepted` is set. */
export interface AnswerAction {
  /** HTTP status, 200 to 599. */
  readonly status: number;
  /** Strings are sent as they are, anything else as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Delay of the answer, in ms, >= 0. Default 0. */
  readonly delayMs?: number;
}

/** Regular behaviour, with a delayed answer or a delayed first delivery of the callback. */
export interface LateAt<S extends Stage> {
  /** Delay, in ms, >= 0. */
  readonly delayMs: number;
  readonly on: S;
}

/** Stays `processing` forever and keeps its place in flight. */
export interface NeverAction {
  readonly never: true;
}

/** Completes and is charged, but never gets a `result_url`. */
export interface WithoutUrlAction {
  readonly completeWithoutUrl: true;
  readonly jobMs?: number;
}

/** Completes after exactly this processing time, in ms, >= 0. */
export interface JobTimeAction {
  readonly jobMs: number;
}

/** Faults of the connection, possible at every stage with an answer. */
export const WIRE_FAULTS = ['reset', 'hang', 'garbage', 'half-body'] as const;
/** One of `WIRE_FAULTS`. */
export type WireFault = (typeof WIRE_FAULTS)[number];

/** `before-accept`: no job exists. Every other fault leaves an accepted job behind. */
export const SUBMIT_FAULTS = [
  'reset-before-accept',
  'hang-before-accept',
  'reset-after-accept',
  'hang-after-accept',
  'garbage',
  'half-body',
  'no-job-id',
] as const;
/** One of `SUBMIT_FAULTS`. */
export type SubmitFault = (typeof SUBMIT_FAULTS)[number];

export const STATUS_FAULTS = [...WIRE_FAULTS, 'no-job-id'] as const;
/** One of `STATUS_FAULTS`. */
export type StatusFault = (typeof STATUS_FAULTS)[number];

export const RESULT_FAULTS = [
  ...WIRE_FAULTS,
  'html-200',
  'truncated',
  'wrong-type',
  'not-an-image',
  'expired',
  'lying-type',
  'longer-than-said',
] as const;
/** One of `RESULT_FAULTS`. */
export type ResultFault = (typeof RESULT_FAULTS)[number];

/** `drop`: never delivered. `duplicate`: delivered again after it was received. */
export const CALLBACK_FAULTS = ['drop', 'duplicate'] as const;
/** One of `CALLBACK_FAULTS`. */
export type CallbackFault = (typeof CALLBACK_FAULTS)[number];

/** A fault on an upload. */
export interface OnUpload {
  readonly fault: WireFault;
  readonly on: 'upload';
}

/** A fault on a submission. */
export interface OnSubmit {
  readonly fault: SubmitFault;
  readonly on: 'submit';
  /** Delay of the fault, in ms, >= 0. Default 0. */
  readonly delayMs?: number;
}

/** A fault on a status read. */
export interface OnStatus {
  readonly fault: StatusFault;
  readonly on: 'status';
}

/** A fault of the connection or the bytes on a download. */
export interface OnResult {
  readonly fault: ResultFault;
  readonly on: 'result';
}

/** A fault on a delivery. */
export interface OnCallback {
  readonly fault: CallbackFault;
  readonly on: 'callback';
}

/** The stage at which an action acts. */
export function findStage(action: Action): Stage {
  if ('on' in action && action.on !== undefined) return action.on;
  return 'refuse' in action || 'status' in action ? 'submit' : 'job';
}
