/** The makespan of a scheduler that knows the limit and all ends: each job, in order, takes the first free place. */
import type { Step } from './steps';

/** Returns the end of the last job. `places` must be in order and end with at least one place. */
export function fillPlaces(begun: number, jobTimes: readonly number[], places: readonly Step[]): number {
  let [now, last, running] = [begun, begun, [] as readonly number[]];
  for (const jobTime of jobTimes) {
    running = running.filter((end) => end > now);
    while (running.length >= placesAt(places, now)) {
      now = nextAfter(now, [...running, ...places.map(({ at }) => at)]);
      running = running.filter((end) => end > now);
    }
    running = [...running, now + jobTime];
    last = Math.max(last, now + jobTime);
  }
  return last;
}

/** The same for a rate with bursts of one second's worth. */
export function fillRate(begun: number, jobTimes: readonly number[], perSecond: number): number {
  const burst = Math.max(1, perSecond);
  return Math.max(
    ...jobTimes.map((jobTime, index) => begun + (Math.max(0, index + 1 - burst) / perSecond) * 1_000 + jobTime),
  );
}

function placesAt(places: readonly Step[], now: number): number {
  return places.filter(({ at }) => at <= now).at(-1)?.value ?? 0;
}

function nextAfter(now: number, times: readonly number[]): number {
  const next = Math.min(...times.filter((at) => at > now));
  if (!Number.isFinite(next)) throw new Error('there is never a free place');
  return next;
}
