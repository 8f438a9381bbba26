import type { ProviderFailureCode } from '../../workflows/domain/failures/failures';
import type { RefusableCode } from './scenarios';

/** The moment of a job's life at which a rule acts. */
export type Stage = 'submit' | 'job' | 'status' | 'result' | 'callback';

/** Every given part must agree; no part at all matches everything. */
export interface Match {
  /** Part of the prompt as it was sent. */
  readonly promptIncludes?: string;
  /** The seed as it was sent; -1 when none was. */
  readonly seed?: number;
  /** For instance `generate/image`. */
  readonly operation?: string;
}

/** What happens out of the ordinary, to which jobs and how often. */
export interface Rule {
  readonly match?: Match;
  /** How often the rule acts, >= 1. Default: always. */
  readonly times?: number;
  readonly then: Action;
}

/** What a rule does, at the stage to which it belongs. */
export type Action = SubmitAction | JobAction | StatusAction | ResultAction | CallbackAction;
/** What a submission may meet. */
export type SubmitAction =
  | RefuseAction
  | (AnswerAction & {
      readonly on?: 'submit';
      /** A job is made all the same. Default false. */
      readonly accepted?: boolean;
    })
  | LateAt<'submit'>
  | OnSubmit;
/** What may become of an accepted job. */
export type JobAction = FailJobAction | NeverAction | WithoutUrlAction | JobTimeAction;
/** What a status read may meet. */
export type StatusAction = (AnswerAction & { readonly on: 'status' }) | LateAt<'status'> | OnStatus;
/** What a download may meet. */
export type ResultAction = (AnswerAction & { readonly on: 'result' }) | LateAt<'result'> | OnResult;
/** What may happen to a callback. */
export type CallbackAction = LateAt<'callback'> | OnCallback;

/** The job is accepted and ends with the code. */
export interface FailJobAction {
  /** A published code, or any other to see what becomes of an unlisted one. */
  readonly failJob: ProviderFailureCode | (string & {});
  /** Default: as published; `null` for an unlisted code. */
  readonly retryable?: boolean | null;
  /** Default: the text of the code's scenario. */
  readonly message?: string;
  /** Processing time in milliseconds. Default: drawn as for every job. */
  readonly jobMs?: number;
}

/** The submission is refused over HTTP and no job exists. */
export interface RefuseAction {
  readonly refuse: RefusableCode;
}

/** This answer, word for word, in place of what would have happened. At `submit` no job is made, unless it says so. */
export interface AnswerAction {
  /** HTTP status, 200 to 599. */
  readonly status: number;
  /** A string is sent as it is, anything else as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** The answer is sent so many milliseconds late, >= 0. Default 0. */
  readonly delayMs?: number;
}

/** What would have happened, but its answer, or the first delivery of the callback, comes so much later. */
export interface LateAt<S extends Stage> {
  /** Milliseconds, >= 0. */
  readonly delayMs: number;
  readonly on: S;
}

/** Stays `processing` for ever and keeps its place in flight. */
export interface NeverAction {
  readonly never: true;
}

/** Completes, and is charged, but no `result_url` is ever given. */
export interface WithoutUrlAction {
  readonly completeWithoutUrl: true;
  readonly jobMs?: number;
}

/** Completes after exactly this many milliseconds of processing, >= 0. */
export interface JobTimeAction {
  readonly jobMs: number;
}

/** What goes wrong on the wire, whatever is asked for. */
const WIRE_FAULTS = ['reset', 'hang', 'garbage', 'half-body'] as const;
/** One of `WIRE_FAULTS`. */
export type WireFault = (typeof WIRE_FAULTS)[number];

/** `before-accept`: no job exists. All the others leave an accepted job behind. */
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

/** `drop`: never delivered. `duplicate`: delivered once more after it was taken. */
export const CALLBACK_FAULTS = ['drop', 'duplicate'] as const;
/** One of `CALLBACK_FAULTS`. */
export type CallbackFault = (typeof CALLBACK_FAULTS)[number];

/** A fault of the wire when a job is submitted. */
export interface OnSubmit {
  readonly fault: SubmitFault;
  readonly on: 'submit';
  /** What goes wrong, does so after this many milliseconds, >= 0. Default 0. */
  readonly delayMs?: number;
}

/** A fault of the wire when a status is read. */
export interface OnStatus {
  readonly fault: StatusFault;
  readonly on: 'status';
}

/** A fault of the wire, or of the bytes, when a result is downloaded. */
export interface OnResult {
  readonly fault: ResultFault;
  readonly on: 'result';
}

/** A fault of a delivery. */
export interface OnCallback {
  readonly fault: CallbackFault;
  readonly on: 'callback';
}

/** The stage at which an action acts. */
export function findStage(action: Action): Stage {
  if ('on' in action && action.on !== undefined) return action.on;
  return 'refuse' in action || 'status' in action ? 'submit' : 'job';
}
