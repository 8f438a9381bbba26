/** Many open pages on one batch: their event streams, and some of them in a browser. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser } from 'playwright-core';
import { openSignedIn } from './gallery';

export interface OpenPages {
  /** Streams that received a state at least every few seconds. */
  readonly live: number;
  /** Events that all streams have received. */
  readonly events: number;
}

interface Terms {
  readonly url: string;
  readonly token: string;
  readonly id: string;
  readonly streams: number;
  readonly pages: number;
  readonly forMs: number;
}

export async function keepOpen(browser: Browser, { url, token, id, streams, pages, forMs }: Terms): Promise<OpenPages> {
  const left = new AbortController();
  const counts = Array.from({ length: streams }, () => 0);
  const reading = counts.map(async (_zero, index) => {
    for await (const events of readStream(`${url}/v1/batches/${id}/events`, token, left.signal)) {
      counts[index] = (counts[index] ?? 0) + events;
    }
  });
  const opened = await Promise.all(Array.from({ length: pages }, () => openSignedIn(browser, url, token)));
  await Promise.all(opened.map((page) => page.goto(`${url}/dashboard/batches/${id}`)));
  await sleep(forMs);
  left.abort();
  await Promise.all(reading);
  for (const page of opened) await page.context().close();
  const events = counts.reduce((sum, count) => sum + count, 0);
  return { live: counts.filter((count) => count > 1).length, events };
}

async function* readStream(url: string, token: string, signal: AbortSignal): AsyncGenerator<number> {
  try {
    const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` }, signal });
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
    for (let read = await reader?.read(); read !== undefined && !read.done; read = await reader?.read()) {
      yield read.value.split('event: state').length - 1;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
