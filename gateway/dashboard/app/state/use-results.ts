/** The results of a batch, page by page, and again while it runs. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { ApiClient } from '../api/client';
import type { Result } from '../api/types';
import { useApp } from './app-context';

const PAGE_SIZE = 300;
/** Of a reader who is that far: a gallery of 100,000 items has its end after fifty pages. */
const LATER_PAGE_SIZE = 2_000;
/** Results that are read again while the batch runs: new ones may be between those that are shown. */
const MAX_LIVE = 1_200;
const LIVE_INTERVAL_MS = 3_000;
const BUSY_MS = 300;

export interface ResultFilter {
  readonly outcome: Result['outcome'] | '';
  readonly code: string;
  readonly step: string;
}

export interface ResultPages {
  /** `null`: nothing was read yet. */
  readonly results: readonly Result[] | null;
  readonly error: Error | null;
  /** Whether there may be more. */
  readonly hasMore: boolean;
  readonly loadMore: () => void;
}

/** @param ended number of ended items: another one means that there are new results */
export function useResults(id: string, filter: ResultFilter, ended: number): ResultPages {
  const { api } = useApp();
  const query = toQuery(filter);
  const [results, setResults] = useState<readonly Result[] | null>(null);
  const [error, setError] = useState<Error | null>(null);
  const [hasMore, setHasMore] = useState(true);
  const isLoading = useRef(false);
  const newest = useRef({ results, readAt: 0 });
  newest.current.results = results;

  const read = useCallback(
    async (limit: number, after: string | null, signal: AbortSignal) => {
      isLoading.current = true;
      try {
        const found = await readPage(api, id, query, limit, after, signal);
        setResults((before) => (after === null ? found : [...(before ?? []), ...found]));
        setHasMore(found.length === limit);
        setError(null);
      } catch (failure) {
        if (!signal.aborted) setError(failure instanceof Error ? failure : new Error(String(failure)));
      } finally {
        isLoading.current = false;
      }
    },
    [api, id, query],
  );

  const left = useRef(new AbortController());
  useEffect(() => {
    left.current = new AbortController();
    setResults(null);
    setHasMore(true);
    newest.current.readAt = Date.now();
    void read(PAGE_SIZE, null, left.current.signal);
    return () => left.current.abort();
  }, [read]);

  useEffect(() => {
    const shown = newest.current.results?.length ?? 0;
    if (newest.current.results === null || shown > MAX_LIVE) return;
    let timer = 0;
    const readAgain = () => {
      if (isLoading.current) {
        timer = setTimeout(readAgain, BUSY_MS);
        return;
      }
      newest.current.readAt = Date.now();
      void read(Math.max(PAGE_SIZE, shown), null, left.current.signal);
    };
    timer = setTimeout(readAgain, Math.max(0, newest.current.readAt + LIVE_INTERVAL_MS - Date.now()));
    return () => clearTimeout(timer);
  }, [ended, read]);

  const loadMore = useCallback(() => {
    const shown = newest.current.results ?? [];
    const last = shown.at(-1);
    const size = shown.length > MAX_LIVE ? LATER_PAGE_SIZE : PAGE_SIZE;
    if (!isLoading.current && last !== undefined) void read(size, last.key, left.current.signal);
  }, [read]);
  return { results, error, hasMore, loadMore };
}

function toQuery(filter: ResultFilter): string {
  return new URLSearchParams(Object.entries(filter).filter(([, value]) => value !== '')).toString();
}

async function readPage(
  api: ApiClient,
  id: string,
  query: string,
  limit: number,
  after: string | null,
  signal: AbortSignal,
): Promise<readonly Result[]> {
  const terms = new URLSearchParams(query);
  terms.set('limit', String(limit));
  if (after !== null) terms.set('after', after);
  const found: Result[] = [];
  for await (const line of api.lines<Result>(`/v1/batches/${encodeURIComponent(id)}/results?${terms}`, signal)) {
    found.push(line);
  }
  return found;
}
