/** Checks against the provider. All are free. */
import { createImagePipelineApi, createUndiciTransport, type StatusVerdict } from '../../activities';
import type { WorkerSettings } from '../../worker';
import { DEFAULT_OPERATION } from '../../workflows/domain/operations/operations';
import { type Finding, failed, ok, toReason } from './finding';

type Provider = Pick<WorkerSettings, 'apiKey' | 'baseUrl' | 'proxies'>;

/** The id of no job: with a valid key the API answers "not found". */
const NO_JOB = 'imagepipeline-doctor';
const NO_KEY = 'ip_live_invalid';
const NEW_KEY = 'set IMAGEPIPELINE_API_KEY to a current key from the dashboard; rotated keys are invalid';
const OTHER_ADDRESS = 'check IMAGEPIPELINE_BASE_URL and the network; if both are right, the provider is down';
const REQUEST_TIMEOUT_MS = 10_000;
/** Largest accepted clock skew in ms. A `Date` header has whole seconds, and the answer takes time to arrive. */
const MAX_SKEW_MS = 30_000;

/** Reads the status of a job that does not exist, with the key and with an invalid key. Only a valid key gets "not found". */
export async function checkKey({ baseUrl, apiKey, proxies = {} }: Provider): Promise<Finding> {
  const transport = createUndiciTransport({ proxies });
  const read = async (key: string) => {
    const limits = { readMs: REQUEST_TIMEOUT_MS };
    const api = createImagePipelineApi({ baseUrl, apiKey: key, transport: transport.send, limits });
    return api.readStatus(DEFAULT_OPERATION, NO_JOB, new AbortController().signal);
  };
  try {
    const [verdict, toStrangers] = await Promise.all([read(apiKey), read(NO_KEY)]);
    const said =
      'problem' in verdict ? verdict.problem : 'it accepts an invalid key, or reports a job that does not exist';
    if (isRefused(verdict)) return failed(`${baseUrl} rejects the key: reading a status returned ${said}`, NEW_KEY);
    const isUnknownJob = verdict.kind === 'trouble' && verdict.code === 'JOB_NOT_FOUND';
    if (isUnknownJob && isRefused(toStrangers)) return ok(`${baseUrl} accepts the key`);
    return failed(`${baseUrl} does not behave like the API: ${said}`, OTHER_ADDRESS);
  } finally {
    await transport.close();
  }
}

function isRefused(verdict: StatusVerdict): boolean {
  return verdict.kind === 'trouble' && (verdict.code === 'UNAUTHENTICATED' || verdict.code === 'FORBIDDEN');
}

/** @param now ms since the epoch */
export async function checkClock({ baseUrl }: Provider, now: () => number): Promise<Finding> {
  let date: string | null;
  try {
    const answer = await fetch(`${baseUrl}/health`, {
      redirect: 'manual',
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
    date = answer.headers.get('date');
    await answer.body?.cancel();
  } catch (error) {
    return failed(`${baseUrl} cannot be reached (${toReason(error)})`, 'check IMAGEPIPELINE_BASE_URL and the network');
  }
  const providerTime = Date.parse(date ?? '');
  if (Number.isNaN(providerTime))
    return failed(`${baseUrl} sends no date`, 'compare the clock of this host with a time server');
  const skewMs = now() - providerTime;
  const seconds = `${Math.round(Math.abs(skewMs) / 1_000)} s`;
  if (Math.abs(skewMs) <= MAX_SKEW_MS) return ok(`within ${seconds} of the provider's`);
  return failed(
    `${seconds} ${skewMs > 0 ? 'ahead of' : 'behind'} the provider's; deadlines and the links to results depend on it`,
    'synchronize the clock of this host, for instance by NTP',
  );
}
