/** Reads something once. */
import { useEffect, useState } from 'preact/hooks';

export interface Loaded<T> {
  /** `null`: not yet. */
  readonly data: T | null;
  readonly error: Error | null;
}

const NOTHING = { data: null, error: null };

/** @param key what is read; another one reads again, and keeps what is there until then */
export function useLoaded<T>(key: string, read: (signal: AbortSignal) => Promise<T>): Loaded<T> {
  const [loaded, setLoaded] = useState<Loaded<T>>(NOTHING);
  useEffect(() => {
    const left = new AbortController();
    read(left.signal).then(
      (data) => left.signal.aborted || setLoaded({ data, error: null }),
      (error: unknown) => left.signal.aborted || setLoaded({ data: null, error: toError(error) }),
    );
    return () => left.abort();
    // `read` is a new function each time; the key says what it reads.
  }, [key]);
  return loaded;
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
