/** A batch as its events report it, live. */
import { useCallback, useEffect, useState } from 'preact/hooks';
import { type ApiClient, ApiError } from '../api/client';
import type { Batch, Problem } from '../api/types';
import { addSample, type Sample, toSample } from '../format/progress';
import { useApp } from './app-context';

const RETRY_MS = 2_000;

export interface WatchedBatch {
  /** `null`: nothing is known yet. */
  readonly batch: Batch | null;
  readonly samples: readonly Sample[];
  /** Why it cannot be queried now; `null`: it can. */
  readonly problem: Problem | null;
  /** Whether the gateway does not answer. */
  readonly isOffline: boolean;
  /** Shows a status that a control has returned. */
  readonly show: (batch: Batch) => void;
  /** Follows it again, for instance after a redrive. */
  readonly follow: () => void;
}

type Known = Pick<WatchedBatch, 'batch' | 'samples' | 'problem' | 'isOffline'>;

const NOTHING: Known = { batch: null, samples: [], problem: null, isOffline: false };

export function useBatch(id: string): WatchedBatch {
  const { api } = useApp();
  const [known, setKnown] = useState<Known>(NOTHING);
  const [begun, setBegun] = useState(0);
  const show = useCallback((batch: Batch) => {
    setKnown(({ samples }) => ({
      batch,
      samples: addSample(samples, toSample(batch, Date.now())),
      problem: null,
      isOffline: false,
    }));
  }, []);
  useEffect(() => setKnown(NOTHING), [id]);
  useEffect(() => {
    let left = new AbortController();
    const update = (change: Partial<Known>) => setKnown((before) => ({ ...before, ...change }));
    const begin = () => {
      left.abort();
      // Browsers allow few connections to one host: a hidden page needs none.
      if (document.hidden) return;
      left = new AbortController();
      void followBatch(api, id, left.signal, { show, update });
    };
    begin();
    document.addEventListener('visibilitychange', begin);
    return () => {
      left.abort();
      document.removeEventListener('visibilitychange', begin);
    };
  }, [api, id, begun, show]);
  return { ...known, show, follow: useCallback(() => setBegun((count) => count + 1), []) };
}

interface Listeners {
  readonly show: (batch: Batch) => void;
  readonly update: (change: Partial<Known>) => void;
}

async function followBatch(api: ApiClient, id: string, signal: AbortSignal, { show, update }: Listeners) {
  let lastId = '';
  while (!signal.aborted) {
    try {
      for await (const event of api.events(`/v1/batches/${encodeURIComponent(id)}/events`, lastId, signal)) {
        if (signal.aborted) return;
        lastId = event.id;
        const data: unknown = JSON.parse(event.data);
        if (event.name === 'problem') update({ problem: data as Problem, isOffline: false });
        else show(data as Batch);
        if (event.name === 'end') return;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof ApiError) {
        update({ problem: error.problem, isOffline: false });
        if (error.problem.status < 500 && error.problem.status !== 429) return;
      } else update({ isOffline: true });
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}
