import { activityInfo, cancellationSignal, heartbeat } from '@temporalio/activity';
import type { AcceptedJob, SubmitJobInput } from '../workflows/domain/activity-contract';
import { type CodeCounts, type RequestFields, sumOf } from '../workflows/domain/item';
import type { OperationName } from '../workflows/domain/operations';
import { beating } from './beating';
import { callbackAddress } from './callback';
import type { ActivityDependencies } from './dependencies';
import type { SubmitVerdict } from './imagepipeline/classify-submit';
import { judged, raise } from './raise';
import { requestOrRaise } from './request-of';

/**
 * Sends exactly one POST. Retried by the server only where the provider provably accepted nothing; the refusals met so
 * far ride in the heartbeat details from one attempt to the next.
 */
export async function submitJob(dependencies: ActivityDependencies, input: SubmitJobInput): Promise<AcceptedJob> {
  const refusals: CodeCounts = activityInfo().heartbeatDetails ?? {};
  // A cancellation or a stop of the worker is heard before the POST, never during it: its answer is worth waiting for.
  cancellationSignal().throwIfAborted();
  refuseAfterDeadline(dependencies, input, refusals);
  const request = withCallback(dependencies, input, await requestOrRaise(dependencies, input, 'submit'));
  const verdict = await beating(
    () => refusals,
    () => verdictOf(dependencies, input.operation, request),
  );
  if (verdict.kind === 'accepted') return acceptedJob(dependencies, verdict, refusals);
  return fail(dependencies, { ...input, request }, verdict, refusals);
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
  { now }: ActivityDependencies,
  { jobId, estimatedMs }: Extract<SubmitVerdict, { kind: 'accepted' }>,
  refusals: CodeCounts,
): AcceptedJob {
  return { jobId, estimatedMs, acceptedAt: now(), refusals };
}

function fail(
  dependencies: ActivityDependencies,
  { met, deadlineAt, request }: SubmitJobInput & { readonly request: RequestFields },
  verdict: Exclude<SubmitVerdict, { kind: 'accepted' }>,
  refusals: CodeCounts,
): never {
  const code = verdict.kind === 'unknown' ? 'SUBMIT_OUTCOME_UNKNOWN' : verdict.code;
  const retryAfterMs = verdict.kind === 'refused' ? verdict.retryAfterMs : undefined;
  const fault = judged(
    dependencies,
    { code, origin: 'submit', message: verdict.message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) },
    { met: sumOf(met, refusals), deadlineAt, request },
  );
  if (verdict.kind === 'refused') heartbeat(sumOf(refusals, { [code]: 1 }));
  raise(fault);
}

function refuseAfterDeadline(dependencies: ActivityDependencies, input: SubmitJobInput, refusals: CodeCounts): void {
  if (dependencies.now() < input.deadlineAt) return;
  const message = 'The deadline passed before the request could be sent.';
  raise(
    judged(
      dependencies,
      { code: 'DEADLINE_EXCEEDED', origin: 'submit', message },
      { met: sumOf(input.met, refusals), deadlineAt: input.deadlineAt },
    ),
  );
}
