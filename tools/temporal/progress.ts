/** Forwards at most one line per interval, in ms; the first after `firstMs`, by default immediately. */
export function every(intervalMs: number, onProgress: (line: string) => void, firstMs = 0): (line: string) => void {
  let next = performance.now() + firstMs;
  return (line) => {
    if (performance.now() < next) return;
    next = performance.now() + intervalMs;
    onProgress(line);
  };
}

/** Reports `line()` once per interval, in ms, until `work` is done. */
export async function reportWhile<T>(
  intervalMs: number,
  line: (elapsedSeconds: number) => string,
  onProgress: (line: string) => void,
  work: () => Promise<T>,
): Promise<T> {
  const start = performance.now();
  const timer = setInterval(() => onProgress(line(Math.round((performance.now() - start) / 1000))), intervalMs);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
