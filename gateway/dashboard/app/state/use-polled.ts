/** Reads something again and again while the page is visible. */
import { useCallback, useEffect, useState } from 'preact/hooks';

/** Until an answer says how long to wait, and after an error, in ms. */
const FIRST_INTERVAL_MS = 1_000;

export interface Polled<T> {
  /** The newest answer; `null`: none yet. An error keeps it. */
  readonly data: T | null;
  /** Why the newest request failed; `null`: it did not. */
  readonly error: Error | null;
  /** Reads at once. */
  readonly refresh: () => void;
}

/**
 * @param key what is read; another one begins again without data
 * @param interval in ms, or how long to wait after an answer
 */
export function usePolled<T>(
  key: string,
  read: (signal: AbortSignal) => Promise<T>,
  interval: number | ((data: T) => number),
): Polled<T> {
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
      let waitMs = typeof interval === 'number' ? interval : FIRST_INTERVAL_MS;
      if (!document.hidden) {
        const outcome = await read(left.signal).then(
          (data) => ({ data, error: null }),
          (error: unknown) => ({ data: null, error: error instanceof Error ? error : new Error(String(error)) }),
        );
        if (left.signal.aborted) return;
        if (outcome.data !== null && typeof interval !== 'number') waitMs = interval(outcome.data);
        setState((before) => ({
          key,
          data: outcome.data ?? (before.key === key ? before.data : null),
          error: outcome.error,
        }));
      }
      timer = setTimeout(() => void look(), waitMs);
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
    // `read` and `interval` are new functions each time; the key says what they are about.
  }, [key, asked]);
  const refresh = useCallback(() => setAsked((count) => count + 1), []);
  const isCurrent = state.key === key;
  return { data: isCurrent ? state.data : null, error: isCurrent ? state.error : null, refresh };
}
