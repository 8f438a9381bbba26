/** How long readiness counts as known, in ms: less than between two probes, and a flood of them asks Temporal once. */
export const READY_KNOWN_MS = 1_000;

/** Asks at most once within `ms`; whoever comes meanwhile gets the same answer. A failure is not remembered. */
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
