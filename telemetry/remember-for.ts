/**
 * How long readiness is cached, in ms: less than the interval of probes, and enough to spare Temporal a flood of them.
 */
export const READY_KNOWN_MS = 1_000;

/** Calls `ask` at most once within `ms`; concurrent callers share its result. Failures are not cached. */
export function rememberFor<T>(ms: number, ask: () => Promise<T>, now: () => number = Date.now): () => Promise<T> {
  let answer: Promise<T> | null = null;
  let askedAt = 0;
  return () => {
    if (answer !== null && now() - askedAt < ms) return answer;
    askedAt = now();
    const asked = ask();
    answer = asked;
    asked.catch(() => {
      if (answer === asked) answer = null;
    });
    return asked;
  };
}
