/**
 * Single images that wait for a permit, the first before the others. There may be thousands, and the queue goes with the
 * governor from one run to the next, so that it is a list of ids, each behind a letter, and has a bound.
 */

export type Queue = readonly string[];

/** Images that are remembered; those beyond ask again after a while. */
export const MAX_QUEUED = 5_000;
/** Of all ids together: together with everything else, a state stays well below what Temporal carries. */
const MAX_QUEUED_CHARACTERS = 500_000;

/** It waits while the account is held. */
const PATIENT = 'w';
/** It wants to hear of a hold. */
const IMPATIENT = 'f';

export function hasItem(queue: Queue, id: string): boolean {
  return queue.includes(`${PATIENT}${id}`) || queue.includes(`${IMPATIENT}${id}`);
}

export function isFull(queue: Queue): boolean {
  if (queue.length >= MAX_QUEUED) return true;
  return queue.reduce((sum, { length }) => sum + length, 0) >= MAX_QUEUED_CHARACTERS;
}

/** Behind all others, unless it waits already; nothing changes where the queue is full. */
export function withItem(queue: Queue, id: string, waits: boolean): Queue {
  return isFull(queue) || hasItem(queue, id) ? queue : [...queue, toEntry(id, waits)];
}

/** Before all others, in their order: they had their turn before. */
export function withFirst(queue: Queue, images: readonly QueuedItem[]): Queue {
  return images.length === 0 ? queue : [...images.map(({ id, waits }) => toEntry(id, waits)), ...queue];
}

export function withoutItems(queue: Queue, ids: readonly string[]): Queue {
  return ids.some((id) => hasItem(queue, id)) ? queue.filter((entry) => !ids.includes(parseEntry(entry).id)) : queue;
}

export interface QueuedItem {
  readonly id: string;
  readonly waits: boolean;
}

export function parseEntry(entry: string): QueuedItem {
  return { id: entry.slice(1), waits: entry.startsWith(PATIENT) };
}

/** Those that want to hear of a hold, and the queue without them. */
export function takeImpatient(queue: Queue): { readonly taken: readonly QueuedItem[]; readonly queue: Queue } {
  const taken = queue.filter((entry) => entry.startsWith(IMPATIENT));
  return taken.length === 0
    ? { taken: [], queue }
    : { taken: taken.map(parseEntry), queue: queue.filter((one) => one.startsWith(PATIENT)) };
}

function toEntry(id: string, waits: boolean): string {
  return `${waits ? PATIENT : IMPATIENT}${id}`;
}
