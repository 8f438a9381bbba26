import { setTimeout as pause } from 'node:timers/promises';
import { activityInfo, cancellationSignal, heartbeat } from '@temporalio/activity';
import type { AskAnswer } from '../workflows/domain/account';
import type {
  AcceptedJob,
  AskTerms,
  Queued,
  SubmitHeartbeat,
  SubmitJobInput,
} from '../workflows/domain/activity-contract';
import { addCounts } from '../workflows/domain/counts';
import { failureRow } from '../workflows/domain/failures';
import type { JudgedFault } from '../workflows/domain/fault';
import type { CodeCounts, RequestFields } from '../workflows/domain/item';
import { landingOf, newsOf, type SubmissionEnd } from '../workflows/domain/item-life';
import type { OperationName } from '../workflows/domain/operations';
import { askForPermit, tellGovernor } from './account-activities';
import { beating } from './beating';
import { callbackAddress } from './callback';
import type { ActivityDependencies } from './dependencies';
import type { SubmitVerdict } from './imagepipeline/classify-submit';
import { observedSubmission } from './observed';
import { judged, raise } from './raise';
import { requestOrRaise } from './request-of';
import { StoodStillError } from './standstill';

/** Several beats within the heartbeat timeout: a worker that is given up by mistake makes an outcome unknown. */
const BEAT_MS = 3_000;

/** The permit was given by the workflow. */
const NOT_ASKED = { answer: 'granted', isProbe: false } as const;

/**
 * Sends exactly one POST. Retried by the server only where the provider provably accepted nothing; the refusals met so
 * far ride in the heartbeat details from one attempt to the next.
 */
export async function submitJob(
  dependencies: ActivityDependencies,
  input: SubmitJobInput,
): Promise<AcceptedJob | Queued> {
  const before: SubmitHeartbeat | undefined = activityInfo().heartbeatDetails;
  const details = { refusals: before?.refusals ?? {}, isEchoed: dependencies.callbacks !== null };
  return beating(
    () => details,
    () => submitted(dependencies, input, details),
    BEAT_MS,
  );
}

async function submitted(
  dependencies: ActivityDependencies,
  input: SubmitJobInput,
  before: SubmitHeartbeat,
): Promise<AcceptedJob | Queued> {
  const begunAt = dependencies.now();
  const { refusals, isEchoed } = before;
  // A cancellation or a stop of the worker is heard before the POST, never during it: its answer is worth waiting for.
  cancellationSignal().throwIfAborted();
  refuseAfterDeadline(dependencies, input, refusals);
  const turn = input.ask === undefined ? NOT_ASKED : await asked(dependencies, input, input.ask);
  if (turn.answer === 'queued') return { queued: true, refusals: {} };
  const request = withCallback(dependencies, input, await requestOrRaise(dependencies, input, 'submit'));
  // If this worker dies during the POST, the workflow has to know whether a callback may still tell of its job.
  if (isEchoed) heartbeat(before);
  await waitForTurn(input.waitMs);
  refuseAfterStandstill(dependencies, begunAt);
  const verdict = await verdictOf(dependencies, input.operation, request);
  observedSubmission(input, verdict);
  if (verdict.kind === 'accepted') return acceptedJob(dependencies, input.operation, verdict, refusals);
  const fault = faultOf(dependencies, { ...input, request }, verdict, refusals);
  if (input.ask !== undefined && (await isQueuedAgain(fault, input.ask, turn.isProbe))) {
    return { queued: true, refusals: { [fault.code]: 1 } };
  }
  if (verdict.kind === 'refused') heartbeat({ refusals: addCounts(refusals, { [fault.code]: 1 }), isEchoed });
  raise(fault);
}

async function waitForTurn(waitMs = 0): Promise<void> {
  if (waitMs > 0) await pause(waitMs, undefined, { signal: cancellationSignal() });
}

/** A held account fails an image that does not want to wait, before anything is sent. */
async function asked(
  dependencies: ActivityDependencies,
  { met, deadlineAt }: SubmitJobInput,
  { account, isGranted, isProbe, waitWhileHeld }: AskTerms,
): Promise<Pick<AskAnswer, 'answer' | 'isProbe'>> {
  if (isGranted && activityInfo().attempt === 1) return { answer: 'granted', isProbe };
  const holder = activityInfo().workflowExecution?.workflowId ?? '';
  const answer = await askForPermit(dependencies, account, { holder, waits: waitWhileHeld });
  const { hold } = answer;
  if (hold === null) return answer;
  const message = `The account is held since ${hold.since}; nothing was sent.`;
  raise(judged(dependencies, { code: hold.code, origin: 'submit', message }, { met, deadlineAt }));
}

/**
 * Tells the governor what was met, and gives the permit back. A limit puts the image back into the queue; so does a
 * wall, if the image waits. All else ends this submission, or is tried again by the server, which asks anew.
 */
async function isQueuedAgain(
  fault: JudgedFault,
  { account, waitWhileHeld }: AskTerms,
  isProbe: boolean,
): Promise<boolean> {
  const { scope } = failureRow(fault.row);
  const isQueued = scope === 'pace' || (scope === 'account' && waitWhileHeld);
  const end: SubmissionEnd = { kind: 'fault', fault };
  await tellGovernor(account, newsOf(end, isProbe), landingOf(end), !isQueued);
  return isQueued;
}

/** The address names the workflow, the item and the submission: it is the only thing of ours that comes back. */
function withCallback(
  { callbacks }: ActivityDependencies,
  { key, submission }: SubmitJobInput,
  request: RequestFields,
): RequestFields {
  const workflowId = activityInfo().workflowExecution?.workflowId;
  if (callbacks === null || workflowId === undefined) return request;
  return { ...request, callback_url: callbackAddress(callbacks, { workflowId, key, submission }) };
}

/** Once the POST may have left, no fault of our own may look like "try again". */
async function verdictOf(
  { api }: ActivityDependencies,
  operation: OperationName,
  request: RequestFields,
): Promise<SubmitVerdict> {
  try {
    return await api.submit(operation, request);
  } catch (error) {
    return {
      kind: 'unknown',
      message: `our own fault after sending: ${error instanceof Error ? error.name : 'unknown'}`,
    };
  }
}

function acceptedJob(
  { now, callbacks, jobTimes }: ActivityDependencies,
  operation: OperationName,
  { jobId, estimatedMs }: Extract<SubmitVerdict, { kind: 'accepted' }>,
  refusals: CodeCounts,
): AcceptedJob {
  const accepted = { jobId, estimatedMs, acceptedAt: now(), refusals };
  if (callbacks === null) return accepted;
  const usualMs = jobTimes.usualMs(operation);
  return { ...accepted, isEchoed: true, ...(usualMs === null ? {} : { usualMs }) };
}

function faultOf(
  dependencies: ActivityDependencies,
  input: SubmitJobInput & { readonly request: RequestFields },
  verdict: Exclude<SubmitVerdict, { kind: 'accepted' }>,
  refusals: CodeCounts,
): JudgedFault {
  const { met, deadlineAt, request, isGoverned, ask } = input;
  const code = verdict.kind === 'unknown' ? 'SUBMIT_OUTCOME_UNKNOWN' : verdict.code;
  const { retryAfterMs, isUnnamed }: Partial<Extract<SubmitVerdict, { kind: 'refused' }>> =
    verdict.kind === 'refused' ? verdict : {};
  const said = {
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(isUnnamed === undefined ? {} : { isUnnamed }),
    ...(verdict.kind === 'unknown' && dependencies.callbacks !== null ? { isEchoed: true as const } : {}),
  };
  return judged(
    dependencies,
    { code, origin: 'submit', message: verdict.message, ...said },
    { met: addCounts(met, refusals), deadlineAt, request, isGoverned: isGoverned === true || ask !== undefined },
  );
}

/** Not given up after all, it is tried again by the server; given up, it must not be paid. */
function refuseAfterStandstill({ standstill }: ActivityDependencies, begunAt: number): void {
  if (standstill.isSince(begunAt)) throw new StoodStillError();
}

function refuseAfterDeadline(dependencies: ActivityDependencies, input: SubmitJobInput, refusals: CodeCounts): void {
  if (dependencies.now() < input.deadlineAt) return;
  const message = 'The deadline passed before the request could be sent.';
  raise(
    judged(
      dependencies,
      { code: 'DEADLINE_EXCEEDED', origin: 'submit', message },
      { met: addCounts(input.met, refusals), deadlineAt: input.deadlineAt },
    ),
  );
}
