/** Feedback about single operations: a model that fails is no fault of the others. Counts that can be added. */
import { getOwn } from '../base/own-value';
import type { FailureCode } from '../failures/failures';

/** What the submissions of one operation met since the previous report. */
export interface OperationFeedback {
  readonly accepted: number;
  readonly completed: number;
  /** Faults in a row that look like an outage, without a later success. */
  readonly outages: number;
  /** Code of the last such fault. */
  readonly outageCode: string | null;
  /** Text of the newest such fault. */
  readonly cause: string | null;
  /** The part of the operation's probe; absent without one. */
  readonly ofProbe?: OperationFeedback;
}

export type OperationFeedbacks = Readonly<Record<string, OperationFeedback>>;

/** Codes that only a submission reports; all others may also come from an accepted job that fails. */
const SUBMIT_TIME_CODES: readonly FailureCode[] = ['UNAUTHENTICATED', 'CERTIFICATE_INVALID', 'PROVIDER_UNREACHABLE'];

/** Whether an accepted submission shows that this code's cause is over. */
export function isSubmitTimeCode(code: string): boolean {
  return SUBMIT_TIME_CODES.some((name) => name === code);
}

/** Successes since the previous report. */
export type Successes = Pick<OperationFeedback, 'accepted' | 'completed'>;

type Outcomes = Successes & Pick<OperationFeedback, 'outages'>;

/** Length of the outage streak after this feedback. */
export function countOutages(before: number, code: string, feedback: Outcomes): number {
  return isCauseOver(feedback, code) ? feedback.outages : before + feedback.outages;
}

/** Some codes come from an accepted job that fails: only a completed job shows that their cause is over. */
export function isCauseOver({ accepted, completed }: Successes, code: string): boolean {
  return completed > 0 || (accepted > 0 && isSubmitTimeCode(code));
}

interface SubmissionFeedback extends Successes {
  /** Its fault, if that looks like an outage. */
  readonly operations?: OperationFeedbacks;
}

/** Feedback about one submission as feedback about its operation. */
export function toOperationFeedback(
  { accepted, completed, operations = {} }: SubmissionFeedback,
  operation: string,
  isProbe: boolean,
): OperationFeedback {
  const { outages, outageCode, cause } = getOwn(operations, operation) ?? NO_OUTAGE;
  const own = { accepted, completed, outages, outageCode, cause };
  return isProbe ? { ...own, ofProbe: own } : own;
}

const NO_OUTAGE = { outages: 0, outageCode: null, cause: null };

/** A fault that looks like an outage of an operation. */
export function newOutage(operation: string, code: string, cause: string | null): OperationFeedbacks {
  return { [operation]: { accepted: 0, completed: 0, outages: 1, outageCode: code, cause } };
}

/** Adds two feedbacks by operation. */
export function addOperations(earlier: OperationFeedbacks, later: OperationFeedbacks): OperationFeedbacks {
  const added = Object.entries(later).map(([operation, feedback]) => {
    const before = getOwn(earlier, operation);
    return [operation, before === undefined ? feedback : addOperation(before, feedback)] as const;
  });
  return added.length === 0 ? earlier : { ...earlier, ...Object.fromEntries(added) };
}

function addOperation(earlier: OperationFeedback, later: OperationFeedback): OperationFeedback {
  const outageCode = later.outageCode ?? earlier.outageCode;
  const sum = {
    accepted: earlier.accepted + later.accepted,
    completed: earlier.completed + later.completed,
    outages: countOutages(earlier.outages, outageCode ?? '', later),
    outageCode,
    cause: later.cause ?? earlier.cause,
  };
  const { ofProbe } = earlier;
  if (ofProbe === undefined || later.ofProbe === undefined) {
    const probed = ofProbe ?? later.ofProbe;
    return probed === undefined ? sum : { ...sum, ofProbe: probed };
  }
  return { ...sum, ofProbe: addOperation(ofProbe, later.ofProbe) };
}
