/** Calls of the API that are not jobs. A worker makes them through a short workflow: only workers have the key. */
import { randomUUID } from 'node:crypto';
import { isWorkerMissing } from '../../connection/ask-worker';
import { toConnectionError } from '../../connection/connection';
import { ApiCallError, InvalidRequestError, WorkerMissingError } from '../../connection/errors';
import type { WorkflowStarter } from '../../connection/workflow-starter';
import { findCallProblems } from '../../input/requests/call-problems';
import type { imagePipelineCall } from '../../workflows/account/call-workflow';
import type { ApiCall, ApiCallName, ApiCalls } from '../../workflows/domain/account/api-calls';
import { BEFORE_ITEMS } from '../../workflows/domain/leases/governor-protocol';
import type { Profile, ProfileChanges, ProfileFields } from '../../workflows/domain/operations/profiles';

/** Execution timeout of the workflow, in ms: longer than its activities take. */
const LIFETIME_MS = 12 * 60_000;

/** @throws InvalidRequestError, ApiCallError, WorkerMissingError, NoServerError */
export async function callApi<N extends ApiCallName>(
  { temporal, taskQueue }: WorkflowStarter,
  call: N,
  input: ApiCalls[N]['input'],
): Promise<ApiCalls[N]['answer']> {
  const problems = findCallProblems({ call, ...input } as ApiCall);
  if (problems.length > 0) throw new InvalidRequestError(problems);
  try {
    if (await isWorkerMissing(temporal, taskQueue)) throw new WorkerMissingError(call);
    const end = await temporal.workflow.execute<typeof imagePipelineCall>('imagePipelineCall', {
      ...{ workflowId: `~call/${randomUUID()}`, taskQueue, workflowExecutionTimeout: LIFETIME_MS },
      ...{ args: [{ call, ...input } as ApiCall], staticSummary: call, priority: BEFORE_ITEMS },
    });
    if (end.kind === 'refused') throw new ApiCallError(call, end);
    return end.answer as ApiCalls[N]['answer'];
  } catch (error) {
    throw toConnectionError(temporal, error);
  }
}

/**
 * The identity profiles of the account's key. Each call throws an `InvalidRequestError` before anything is sent, an
 * `ApiCallError` if the API refuses it, a `WorkerMissingError` or a `NoServerError`. All are safe to repeat.
 */
export class Profiles {
  constructor(private readonly starter: WorkflowStarter) {}

  /** Lists the profiles, newest first. */
  list(): Promise<readonly Profile[]> {
    return callApi(this.starter, 'listProfiles', {});
  }

  show(profileId: string): Promise<Profile> {
    return callApi(this.starter, 'showProfile', { profileId });
  }

  create(fields: ProfileFields): Promise<Profile> {
    return callApi(this.starter, 'createProfile', { fields });
  }

  /** Changes the given fields; the others stay as they are. */
  change(profileId: string, fields: ProfileChanges): Promise<Profile> {
    return callApi(this.starter, 'changeProfile', { profileId, fields });
  }

  async delete(profileId: string): Promise<void> {
    await callApi(this.starter, 'deleteProfile', { profileId });
  }
}
