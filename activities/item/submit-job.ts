import { setTimeout as sleep } from 'node:timers/promises';
import { activityInfo, cancellationSignal, log } from '@temporalio/activity';
import { toSentence } from '../../workflows/domain/base/cause';
import { addCounts } from '../../workflows/domain/base/counts';
import type { CodeCounts } from '../../workflows/domain/failures/failures';
import type { AskTerms, Queued, SubmitHeartbeat, SubmitJobInput } from '../../workflows/domain/item/activity-contract';
import type { AcceptedJob, RequestFields } from '../../workflows/domain/item/item';
import type { ClaimDecision } from '../../workflows/domain/item/journal-entry';
import { NO_FEEDBACK } from '../../workflows/domain/leases/feedback';
import type { AskAnswer } from '../../workflows/domain/leases/governor-protocol';
import { reportToGovernor, requestPermit } from '../account/account-activities';
import { buildCallbackUrl } from '../callback';
import type { ActivityDependencies } from '../dependencies';
import { Attempt } from '../running/attempt';
import { repeatDuring } from '../running/heartbeat';
import { ProcessPausedError } from '../running/process-pause';
import { throwIfStoreIsAway } from './load-request';
import { type PreparedPost, postOnce } from './post-once';
import { HEARTBEAT_INTERVAL_MS, PostRecord } from './post-record';
import { reportAcceptance } from './report-acceptance';
import { ItemSubmissions } from './single-item';
import { judgeFault, throwFault } from './throw-fault';
import { sentRequestOrThrow, withUploads } from './upload-inputs';

/** Time reserved between the provider's answer and its report to the server, in ms. */
const REPORT_MARGIN_MS = 15_000;

/** Retryable under every policy. */
class AttemptNearlyOver extends Error {
  /** Failure type in Temporal. */
  override readonly name = 'ATTEMPT_NEARLY_OVER';

  constructor() {
    super('The attempt had too little time left to wait for an answer of the provider; nothing was sent.');
  }
}

/** The workflow already granted the permit. */
const NOT_ASKED = { answer: 'granted', isProbe: false, askAgainMs: 0 } as const;

/**
 * Sends exactly one POST. The server retries it only if the provider provably accepted nothing. The heartbeat details
 * carry earlier refusals from one attempt to the next.
 */
export async function submitJob(
  dependencies: ActivityDependencies,
  input: SubmitJobInput,
): Promise<AcceptedJob | Queued> {
  const before: SubmitHeartbeat | undefined = activityInfo().heartbeatDetails;
  const { api, callbacks } = dependencies;
  const details = {
    ...{ refusals: before?.refusals ?? {}, expectsCallback: callbacks !== null, postLimitMs: api.submitLimitMs },
  };
  const record = new PostRecord(details);
  return repeatDuring(
    () => record.heartbeat(),
    HEARTBEAT_INTERVAL_MS,
    () => submitOnce(dependencies, input, record),
  );
}

async function submitOnce(
  dependencies: ActivityDependencies,
  input: SubmitJobInput,
  record: PostRecord,
): Promise<AcceptedJob | Queued> {
  const prepared = await preparePost(dependencies, input, record).catch((error: unknown) => {
    record.withdraw();
    throw error;
  });
  if (!('request' in prepared)) return prepared;
  const answer = await postOnce(dependencies, input, prepared);
  return 'queued' in answer ? answer : reportAcceptance(dependencies, input, answer);
}

/** Returns what replaces the POST if there is nothing to send. */
async function preparePost(
  dependencies: ActivityDependencies,
  input: SubmitJobInput,
  record: PostRecord,
): Promise<PreparedPost | AcceptedJob | Queued> {
  const attempt = new Attempt(dependencies.now);
  const { refusals } = record.details;
  cancellationSignal().throwIfAborted();
  refuseAfterDeadline(dependencies, input, refusals);
  await refuseOtherPages(dependencies, input);
  const submissions = await throwIfStoreIsAway(dependencies, input, 'submit', () =>
    ItemSubmissions.open(dependencies, input),
  );
  const before = await submissions?.decide();
  if (before !== undefined && before.do !== 'send') return withoutPost(dependencies, input, before, refusals);
  const decision = input.ask === undefined ? NOT_ASKED : await requestPermitFor(dependencies, input, input.ask);
  if (decision.answer === 'queued') {
    return { queued: true, isInQueue: true, askAgainMs: decision.askAgainMs, refusals: {} };
  }
  const request = await readSentRequest(dependencies, input);
  if (request === null) return queueAgain(input);
  await waitForPace(input.waitMs);
  // A probe tests whether answers arrive again, so it does not wait.
  if (!decision.isProbe && input.isProbe !== true) await dependencies.answers.untilAnswered(cancellationSignal());
  const now = await throwIfStoreIsAway(dependencies, input, 'submit', async () => submissions?.begin());
  if (now !== undefined && now.do !== 'send') return withoutPost(dependencies, input, now, refusals);
  try {
    await record.save();
    // Cancellation and worker shutdown apply before the POST, never during it, because its answer is worth waiting for.
    cancellationSignal().throwIfAborted();
    refuseAfterPause(dependencies, attempt);
    refuseLate(dependencies, attempt);
  } catch (error) {
    await submissions?.recordUnsent();
    throw error;
  }
  return { request, isProbe: decision.isProbe, record, submissions };
}

/** Takes over or refuses what an earlier run sent, and returns the permit. */
async function withoutPost(
  dependencies: ActivityDependencies,
  { key, operation, ask, met, deadlineAt }: SubmitJobInput,
  decision: Exclude<ClaimDecision, { do: 'send' }>,
  refusals: CodeCounts,
): Promise<AcceptedJob> {
  if (ask?.isGranted) await reportToGovernor({ account: ask.account, operation }, NO_FEEDBACK, 'unsent', true);
  if (decision.do === 'refuse') {
    const { code, message } = decision;
    throwFault(
      judgeFault(dependencies, { code, origin: 'submit', message }, { met: addCounts(met, refusals), deadlineAt }),
    );
  }
  const { jobId, completed } = decision;
  log.info('the job of an earlier submission was taken over', { item: key, job: jobId });
  const job = { jobId, acceptedAt: dependencies.now(), estimatedMs: null, refusals, isTakenOver: true as const };
  return completed === null ? job : { ...job, completed };
}

/** The request as it is sent; `null` if one of its files is not uploaded. */
async function readSentRequest(
  dependencies: ActivityDependencies,
  input: SubmitJobInput,
): Promise<RequestFields | null> {
  const planned = await sentRequestOrThrow(dependencies, input);
  const uploaded = await throwIfStoreIsAway(dependencies, input, 'submit', () =>
    withUploads(dependencies, input.operation, planned),
  );
  return uploaded === null ? null : withCallback(dependencies, input, uploaded);
}

/** Returns the permit unused. The item uploads its files before it submits again. */
async function queueAgain({ ask, operation }: SubmitJobInput): Promise<Queued> {
  if (ask !== undefined) await reportToGovernor({ account: ask.account, operation }, NO_FEEDBACK, 'unsent', true);
  return { queued: true, isInQueue: false, askAgainMs: 0, refusals: {} };
}

async function refuseOtherPages(dependencies: ActivityDependencies, input: SubmitJobInput): Promise<void> {
  const { row } = input;
  if (row === undefined) return;
  const { claims, store } = dependencies;
  await throwIfStoreIsAway(dependencies, input, 'submit', () => claims.refuseOthers(store.batches, row));
}

async function waitForPace(waitMs = 0): Promise<void> {
  if (waitMs > 0) await sleep(waitMs, undefined, { signal: cancellationSignal() });
}

/** Requests a permit. On a held account, an item that does not wait fails before anything is sent. */
async function requestPermitFor(
  dependencies: ActivityDependencies,
  { operation, met, deadlineAt }: SubmitJobInput,
  { account, isGranted, isProbe, waitWhileHeld, again }: AskTerms,
): Promise<Pick<AskAnswer, 'answer' | 'isProbe' | 'askAgainMs'>> {
  if (isGranted && activityInfo().attempt === 1) return { ...NOT_ASKED, isProbe };
  const holder = activityInfo().workflowExecution?.workflowId ?? '';
  const request = { holder, operation, waits: waitWhileHeld, again: again || activityInfo().attempt > 1 };
  const answer = await requestPermit(dependencies, account, request);
  const { hold } = answer;
  if (hold === null) return answer;
  const message =
    `The account has been held since ${hold.since}; nothing was sent. ${toSentence(hold.cause ?? '')}`.trim();
  const fault = judgeFault(dependencies, { code: hold.code, origin: 'submit', message }, { met, deadlineAt });
  // Not retryable, whatever the code: an item that does not wait has its answer. The provider was not asked, so it refused nothing.
  throwFault({ ...fault, met, retryable: false });
}

/**
 * Adds the callback URL, which identifies the workflow, its run, the item and the submission. Nothing else of ours
 * comes back.
 */
function withCallback(
  { callbacks }: ActivityDependencies,
  { key, submission, run, callbackTo }: SubmitJobInput,
  request: RequestFields,
): RequestFields {
  const workflowId = callbackTo ?? activityInfo().workflowExecution?.workflowId;
  if (callbacks === null || workflowId === undefined) return request;
  return { ...request, callback_url: buildCallbackUrl(callbacks, { workflowId, run, key, submission }) };
}

/**
 * Refuses to send after a pause. If the server still waits for the attempt, it retries; if it has given up, nothing may
 * be paid.
 */
function refuseAfterPause({ processPause }: ActivityDependencies, { begunAt }: Attempt): void {
  if (processPause.isSince(begunAt)) throw new ProcessPausedError();
}

/** Refuses to send if the answer could arrive after the attempt's end: its job would be paid but unknown. */
function refuseLate({ api }: ActivityDependencies, { leftMs }: Attempt): void {
  if (leftMs < api.submitLimitMs + REPORT_MARGIN_MS) throw new AttemptNearlyOver();
}

function refuseAfterDeadline(dependencies: ActivityDependencies, input: SubmitJobInput, refusals: CodeCounts): void {
  if (dependencies.now() < input.deadlineAt) return;
  const message = 'The deadline passed before the request could be sent.';
  throwFault(
    judgeFault(
      dependencies,
      { code: 'DEADLINE_EXCEEDED', origin: 'submit', message },
      { met: addCounts(input.met, refusals), deadlineAt: input.deadlineAt },
    ),
  );
}
