/**
 * Sends the one POST of an attempt and reports its outcome. Once the POST has begun, the attempt ends in one of three
 * ways: an accepted job, a refusal that proves that nothing was accepted, or SUBMIT_OUTCOME_UNKNOWN, which is never
 * retried. Any other error on the way is turned into one of these here.
 */
import { activityInfo } from '@temporalio/activity';
import { addCounts } from '../../workflows/domain/base/counts';
import { findErrorName } from '../../workflows/domain/base/errors';
import { type CodeCounts, getFailureRow } from '../../workflows/domain/failures/failures';
import { type JudgedFault, judge } from '../../workflows/domain/failures/fault';
import type { AskTerms, Queued, SubmitJobInput } from '../../workflows/domain/item/activity-contract';
import { toApplicationFailure } from '../../workflows/domain/item/application-failure';
import { type SubmissionEnd, toBillingOutcome, toFeedback } from '../../workflows/domain/item/decide-next';
import type { AcceptedJob, RequestFields } from '../../workflows/domain/item/item';
import type { OperationName } from '../../workflows/domain/operations/operations';
import { reportToGovernor } from '../account/account-activities';
import type { ActivityDependencies } from '../dependencies';
import type { SubmitVerdict } from '../imagepipeline/classify-submit';
import { tryBestEffort } from '../running/best-effort';
import { recordSubmission } from './item-telemetry';
import type { PostRecord } from './post-record';
import type { ItemSubmissions } from './single-item';
import { judgeFault } from './throw-fault';

/** Everything a POST needs, loaded beforehand so that nothing can be missing once it has begun. */
export interface PreparedPost {
  readonly request: RequestFields;
  /** Whether this submission probes a held account. */
  readonly isProbe: boolean;
  readonly record: PostRecord;
  /** Submission records of a single item; `null` for a row of a batch. */
  readonly submissions: ItemSubmissions | null;
}

/** How the attempt ends. Failures are values here, so anything thrown is a bug of ours. */
type Report = { readonly result: AcceptedJob | Queued } | { readonly failure: Error };

type Accepted = Extract<SubmitVerdict, { kind: 'accepted' }>;
type NotAccepted = Exclude<SubmitVerdict, Accepted>;

/** Sends the POST. Throws refusals and unknown outcomes as application failures, and nothing else. */
export async function postOnce(
  dependencies: ActivityDependencies,
  input: SubmitJobInput,
  post: PreparedPost,
): Promise<AcceptedJob | Queued> {
  const verdict = await toVerdict(dependencies, input.operation, post.request);
  dependencies.answers.record(verdict);
  const report = await toReport(dependencies, input, post, verdict).catch((error: unknown) =>
    withoutReport(dependencies, input, post, verdict, error),
  );
  if ('failure' in report) throw report.failure;
  return report.result;
}

async function toVerdict(
  { api }: ActivityDependencies,
  operation: OperationName,
  request: RequestFields,
): Promise<SubmitVerdict> {
  try {
    return await api.submit(operation, request);
  } catch (error) {
    return { kind: 'unknown', message: describeOwnFault(error) };
  }
}

async function toReport(
  dependencies: ActivityDependencies,
  input: SubmitJobInput,
  post: PreparedPost,
  verdict: SubmitVerdict,
): Promise<Report> {
  await tryBestEffort('submission-log', undefined, () => recordSubmission(input, verdict));
  const { refusals } = post.record.details;
  if (verdict.kind === 'accepted') {
    await post.submissions?.recordAcceptance(verdict.jobId);
    return { result: readAcceptedJob(dependencies, input.operation, verdict, refusals) };
  }
  if (verdict.kind === 'refused') await post.submissions?.recordUnsent();
  const fault = toFault(dependencies, input, post, verdict);
  if (
    input.ask !== undefined &&
    (await isQueuedAgain(fault, { ...input.ask, operation: input.operation }, post.isProbe))
  ) {
    return { result: { queued: true, isInQueue: true, askAgainMs: 0, refusals: { [fault.code]: 1 } } };
  }
  if (verdict.kind === 'refused') post.record.withdraw({ [fault.code]: 1 });
  return { failure: toApplicationFailure(fault) };
}

/** The result if the report itself failed because of our own bug: the accepted job if there is one, else `unknown`. */
function withoutReport(
  { callbacks }: ActivityDependencies,
  { met }: SubmitJobInput,
  { record: { details } }: PreparedPost,
  verdict: SubmitVerdict,
  error: unknown,
): Report {
  const { refusals } = details;
  const expectation = callbacks === null ? {} : { expectsCallback: true as const };
  if (verdict.kind === 'accepted') {
    const { jobId, estimatedMs } = verdict;
    return { result: { jobId, estimatedMs, refusals, ...expectation } };
  }
  const unknown = {
    code: 'SUBMIT_OUTCOME_UNKNOWN',
    origin: 'submit',
    message: describeOwnFault(error),
    ...expectation,
  } as const;
  return { failure: toApplicationFailure(judge(unknown, addCounts(met, refusals), () => 0)) };
}

/** Omits the message, which may quote anything. */
function describeOwnFault(error: unknown): string {
  return `internal error after sending: ${findErrorName(error)}`;
}

/**
 * Reports the answer to the governor and returns the permit. The item is queued again after a rate limit, and after an
 * account-wide refusal if it waits while held. Otherwise the submission ends here, or the server retries it and the
 * retry requests a new permit. The same applies if the governor cannot be reached, since it could not grant a permit
 * later.
 */
async function isQueuedAgain(
  fault: JudgedFault,
  { account, operation, waitWhileHeld }: AskTerms & Pick<SubmitJobInput, 'operation'>,
  isProbe: boolean,
): Promise<boolean> {
  const { scope } = getFailureRow(fault.row);
  const isQueued = scope === 'pace' || (scope === 'account' && waitWhileHeld);
  const end: SubmissionEnd = { kind: 'fault', fault };
  const isReported = await reportToGovernor(
    { account, operation, waits: waitWhileHeld },
    toFeedback(end, { isProbe, operation, item: activityInfo().workflowExecution?.workflowId ?? '' }),
    toBillingOutcome(end),
    !isQueued,
  );
  return isQueued && isReported;
}

function readAcceptedJob(
  { callbacks, jobTimes }: ActivityDependencies,
  operation: OperationName,
  { jobId, estimatedMs }: Accepted,
  refusals: CodeCounts,
): AcceptedJob {
  const accepted = { jobId, estimatedMs, refusals };
  if (callbacks === null) return accepted;
  const usualMs = jobTimes.usualMs(operation);
  return { ...accepted, expectsCallback: true, ...(usualMs === null ? {} : { usualMs }) };
}

function toFault(
  dependencies: ActivityDependencies,
  { met, deadlineAt, isGoverned, ask }: SubmitJobInput,
  { request, record }: PreparedPost,
  verdict: NotAccepted,
): JudgedFault {
  const code = verdict.kind === 'unknown' ? 'SUBMIT_OUTCOME_UNKNOWN' : verdict.code;
  const { retryAfterMs, isUnnamed }: Partial<Extract<SubmitVerdict, { kind: 'refused' }>> =
    verdict.kind === 'refused' ? verdict : {};
  const said = {
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(isUnnamed === undefined ? {} : { isUnnamed }),
    ...(verdict.kind === 'unknown' && dependencies.callbacks !== null ? { expectsCallback: true as const } : {}),
  };
  return judgeFault(
    dependencies,
    { code, origin: 'submit', message: verdict.message, ...said },
    {
      met: addCounts(met, record.details.refusals),
      deadlineAt,
      request,
      isGoverned: isGoverned === true || ask !== undefined,
    },
  );
}
