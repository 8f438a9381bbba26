import { CALLBACK_PATH, type CallbackSettings, callbackAddress } from '../../../activities/callback';
import { type Finding, failed, ok, reasonOf, skipped } from './finding';

const ASK_MS = 10_000;
/** `~` is in nobody's id, so the gateway finds no workflow to tell, and says so as it does for one that has ended. */
const CLAIM = { workflowId: '~doctor', run: 'none', key: 'doctor', submission: 1 };

const REMEDIES: Readonly<Record<number, string>> = {
  404: 'let the address lead to the gateway, and give gateway and workers the same IMAGEPIPELINE_CALLBACK_SECRET',
  503: 'the gateway cannot reach Temporal: look at its log and at its TEMPORAL_ADDRESS',
};

/** Calls as the provider would, once with a token of ours and once with a forged one. */
export async function checkCallbacks(settings: CallbackSettings | null): Promise<Finding> {
  if (settings === null) return skipped('IMAGEPIPELINE_CALLBACK_URL is not set: no callbacks are asked for');
  const { url } = settings;
  try {
    const signed = await post(callbackAddress(settings, CLAIM));
    if (signed !== 200) {
      const remedy = REMEDIES[signed] ?? 'let IMAGEPIPELINE_CALLBACK_URL lead to the gateway, POST requests included';
      return failed(`${url} answers a callback with ${signed}, not 200`, remedy);
    }
    const forged = await post(`${url}${CALLBACK_PATH}forged`);
    if (forged === 404) return ok(`${url} takes callbacks and refuses forged ones, as seen from this host`);
    return failed(
      `${url} answers a forged callback with ${forged}, not 404: it is not the gateway`,
      'let IMAGEPIPELINE_CALLBACK_URL lead to the gateway',
    );
  } catch (error) {
    return failed(
      `${url} cannot be reached from this host (${reasonOf(error)})`,
      'start the gateway, and let the public address lead to it',
    );
  }
}

async function post(address: string): Promise<number> {
  const answer = await fetch(address, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
    redirect: 'manual',
    signal: AbortSignal.timeout(ASK_MS),
  });
  await answer.body?.cancel();
  return answer.status;
}
