/** Deliveries of callbacks: three at most, one and two seconds apart, each answered within ten seconds or lost. */
import { setTimeout as sleep } from 'node:timers/promises';

const WAITS_MS = [0, 1_000, 2_000];
const ANSWER_TIMEOUT_MS = 10_000;

/** @param told gets the HTTP status of each delivery; `null`: there was no answer */
export async function deliver(
  url: string,
  event: unknown,
  told: (status: number | null) => void,
  signal: AbortSignal,
): Promise<void> {
  const body = JSON.stringify(event);
  for (const waitMs of WAITS_MS) {
    await sleep(waitMs, undefined, { signal });
    const status = await post(url, body, signal);
    told(status);
    if (status !== null && status >= 200 && status < 300) return;
  }
}

async function post(url: string, body: string, signal: AbortSignal): Promise<number | null> {
  try {
    const headers = { 'content-type': 'application/json' };
    const limit = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_TIMEOUT_MS)]);
    const answer = await fetch(url, { method: 'POST', headers, body, signal: limit });
    await answer.arrayBuffer();
    return answer.status;
  } catch {
    // A receiver that does not answer is what the further deliveries are for.
    return null;
  }
}
