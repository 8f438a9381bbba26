/** Makes a call of the API that is not a job, by a worker, which has the key. */
import { proxyActivities } from '@temporalio/workflow';
import type { ApiCall, ApiCallEnd, CallActivities } from '../domain/account/api-calls';
import { classifyActivityError, describeCallFailure } from '../domain/item/application-failure';
import type { Profile } from '../domain/operations/profiles';

const activities = proxyActivities<CallActivities>({
  // Longer than one exchange, and the download of a preview.
  startToCloseTimeout: '3 minutes',
  // The caller waits for the answer.
  scheduleToCloseTimeout: '5 minutes',
  retry: { initialInterval: '1 second', maximumInterval: '10 seconds' },
  summary: 'a call that is not a job',
});

/** Started and awaited by the client. Every call is safe to repeat. */
export async function imagePipelineCall(call: ApiCall): Promise<ApiCallEnd> {
  if (call.call !== 'createProfile') return make(call);
  // A profile that an attempt with a lost answer has created is recognized by not having been there before.
  const before = await make({ call: 'listProfiles' });
  if (before.kind === 'refused') return before;
  const named = (before.answer as readonly Profile[]).filter(({ name }) => name === call.fields.name);
  return make({ ...call, known: named.map(({ profile_id: id }) => id) });
}

async function make(call: ApiCall): Promise<ApiCallEnd> {
  try {
    return await activities.callApi(call);
  } catch (error) {
    if (classifyActivityError(error).kind === 'cancelled') throw error;
    return { kind: 'refused', ...describeCallFailure(error) };
  }
}
