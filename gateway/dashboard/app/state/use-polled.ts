/** Reads something again and again while the page is visible. */
import { useCallback, useEffect, useState } from 'preact/hooks';

export interface Polled<T> {
  /** The newest answer; `null`: none yet. An error keeps it. */
  readonly data: T | null;
  /** Why the newest request failed; `null`: it did not. */
  readonly error: Error | null;
  /** Reads at once. */
  readonly refresh: () => void;
}

/** @param key what is read; another one begins again without data */
export function usePolled<T>(key: string, read: (signal: AbortSignal) => Promise<T>, intervalMs: number): Polled<T> {
  const [state, setState] = useState<{ key: string; data: T | null; error: Error | null }>({
    key,
    data: null,
    error: null,
  });
  const [asked, setAsked] = useState(0);
  useEffect(() => {
    const left = new AbortController();
    let timer = 0;
    const look = async () => {
      clearTimeout(timer);
      if (!document.hidden) {
        const outcome = await read(left.signal).then(
          (data) => ({ data, error: null }),
          (error: unknown) => ({ data: null, error: error instanceof Error ? error : new Error(String(error)) }),
        );
        if (left.signal.aborted) return;
        setState((before) => ({
          key,
          data: outcome.data ?? (before.key === key ? before.data : null),
          error: outcome.error,
        }));
      }
      timer = setTimeout(() => void look(), intervalMs);
    };
    const onShown = () => {
      if (!document.hidden) void look();
    };
    document.addEventListener('visibilitychange', onShown);
    void look();
    return () => {
      left.abort();
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', onShown);
    };
    // `read` is a new function each time; the key says what it reads.
  }, [key, asked, intervalMs]);
  const refresh = useCallback(() => setAsked((count) => count + 1), []);
  const isCurrent = state.key === key;
  return { data: isCurrent ? state.data : null, error: isCurrent ? state.error : null, refresh };
}
