import { buildCallbackUrl, CALLBACK_PATH, type CallbackSettings } from '../../activities/callback';
import { type Finding, failed, ok, skipped, toReason } from './finding';

const REQUEST_TIMEOUT_MS = 10_000;
/** No id contains `~`: the gateway finds no workflow and answers as for one that has ended. */
const CLAIM = { workflowId: '~doctor', run: 'none', key: 'doctor', submission: 1 };

const REMEDIES: Readonly<Record<number, string>> = {
  404: 'point the address at the gateway, and set the same IMAGEPIPELINE_CALLBACK_SECRET for the gateway and the workers',
  503: 'the gateway cannot reach Temporal; check its log and its TEMPORAL_ADDRESS',
};

/** Sends the gateway two callbacks: one with a valid token and one with a forged token. */
export async function checkCallbacks(settings: CallbackSettings | null): Promise<Finding> {
  if (settings === null) return skipped('IMAGEPIPELINE_CALLBACK_URL is not set here; the workers may have their own');
  const { url } = settings;
  try {
    const { status: signed, location } = await post(buildCallbackUrl(settings, CLAIM));
    if (location !== null) return redirected(url, signed, location);
    if (signed !== 200) {
      const remedy = REMEDIES[signed] ?? 'forward IMAGEPIPELINE_CALLBACK_URL to the gateway, POST requests included';
      return failed(`${url} answers a callback with ${signed}; expected 200`, remedy);
    }
    const { status: forged } = await post(`${url}${CALLBACK_PATH}forged`);
    if (forged === 404) return ok(`${url} accepts callbacks and rejects forged ones, as seen from this host`);
    return failed(
      `${url} answers a forged callback with ${forged}; expected 404: it is not the gateway`,
      'point IMAGEPIPELINE_CALLBACK_URL at the gateway',
    );
  } catch (error) {
    return failed(
      `${url} cannot be reached from this host (${toReason(error)})`,
      'start the gateway, and forward the public address to it',
    );
  }
}

/** A finding for a redirect: clients may ignore it, and many turn the POST into a GET. Never shows the token. */
function redirected(url: string, status: number, location: string): Finding {
  const target = URL.canParse(location, url) ? new URL(location, url) : null;
  const [before = ''] = target?.pathname.split(/(?<=\/callbacks\/)/) ?? [];
  const words = target === null ? 'an invalid address' : `${target.origin}${before}`;
  const remedy = `set IMAGEPIPELINE_CALLBACK_URL to an address on ${target?.protocol ?? 'https:'}//${target?.host ?? '…'}, or forward callbacks without a redirect`;
  return failed(`${url} answers a callback with ${status}, a redirect to ${words}`, remedy);
}

interface Answer {
  readonly status: number;
  /** The target of a redirect; `null` if it is none. */
  readonly location: string | null;
}

async function post(address: string): Promise<Answer> {
  const answer = await fetch(address, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
    redirect: 'manual',
    signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
  });
  await answer.body?.cancel();
  const isRedirect = answer.status >= 300 && answer.status < 400;
  return { status: answer.status, location: isRedirect ? answer.headers.get('location') : null };
}
