/**
 * The queue of single items that wait for a permit, first come, first served. It may hold thousands and is carried
 * through continue-as-new, so it is a bounded list of texts: a letter, the item's id, a tab, its operation.
 */

export type Queue = readonly string[];

/** Maximum items queued; further ones ask again later. */
export const MAX_QUEUED = 5_000;
/** Maximum length of all ids together, in characters, which keeps the state far below Temporal's payload limit. */
const MAX_QUEUED_CHARACTERS = 500_000;

/** Prefix of an item that waits while the account is held. */
const PATIENT = 'w';
/** Prefix of an item that fails while the account is held. */
const IMPATIENT = 'f';
/** Operations contain none, so the last one in an entry ends the id. */
const SEPARATOR = '\t';

export function hasItem(queue: Queue, id: string): boolean {
  return queue.some((entry) => isEntryOf(entry, id));
}

export function isFull(queue: Queue): boolean {
  if (queue.length >= MAX_QUEUED) return true;
  return queue.reduce((sum, { length }) => sum + length, 0) >= MAX_QUEUED_CHARACTERS;
}

/** Interval between two items that ask again, in ms, for a queue that is not full. */
const ASK_AGAIN_INTERVAL_MS = 720;

/**
 * How long a queued item waits at least before it asks again, in ms: the longer the queue, the longer, at most an hour.
 * The governor sends a grant to the items of the queue, so they ask only in case it was terminated. Items that did not fit
 * are not in the queue; they ask again before it is empty, since 5,000 items take an hour at about one a second.
 */
export function computeAskAgainMs(queue: Queue): number {
  return isFull(queue) ? MAX_QUEUED * ASK_AGAIN_INTERVAL_MS : queue.length * ASK_AGAIN_INTERVAL_MS;
}

/** Appends an item unless it is queued already; unchanged if the queue is full. */
export function withItem(queue: Queue, item: QueuedItem): Queue {
  return isFull(queue) || hasItem(queue, item.id) ? queue : [...queue, toEntry(item)];
}

/** Prepends items in their order: they were first before. */
export function withFirst(queue: Queue, images: readonly QueuedItem[]): Queue {
  return images.length === 0 ? queue : [...images.map(toEntry), ...queue];
}

export function withoutItems(queue: Queue, ids: readonly string[]): Queue {
  return ids.some((id) => hasItem(queue, id)) ? queue.filter((entry) => !ids.includes(parseEntry(entry).id)) : queue;
}

export interface QueuedItem {
  readonly id: string;
  readonly waits: boolean;
  /** Empty if unknown. */
  readonly operation: string;
}

export function parseEntry(entry: string): QueuedItem {
  const end = entry.lastIndexOf(SEPARATOR);
  return { id: entry.slice(1, end), waits: entry.startsWith(PATIENT), operation: entry.slice(end + 1) };
}

/** Removes and returns the items that fail on a hold, of those that are meant. */
export function takeImpatient(
  queue: Queue,
  isMeant: (item: QueuedItem) => boolean,
): { readonly taken: readonly QueuedItem[]; readonly queue: Queue } {
  const taken: QueuedItem[] = [];
  const left: string[] = [];
  for (const entry of queue) {
    const item = entry.startsWith(IMPATIENT) ? parseEntry(entry) : null;
    if (item !== null && isMeant(item)) taken.push(item);
    else left.push(entry);
  }
  return taken.length === 0 ? { taken, queue } : { taken, queue: left };
}

/** The first queued item of an operation; `undefined` if there is none. */
export function findOfOperation(queue: Queue, operation: string): QueuedItem | undefined {
  const ending = `${SEPARATOR}${operation}`;
  const entry = queue.find((one) => one.endsWith(ending));
  return entry === undefined ? undefined : parseEntry(entry);
}

function toEntry({ id, waits, operation }: QueuedItem): string {
  return `${waits ? PATIENT : IMPATIENT}${id}${SEPARATOR}${operation}`;
}

/** Whether it is the entry of that item. Faster than parsing: the queue may hold thousands. */
function isEntryOf(entry: string, id: string): boolean {
  const end = id.length + 1;
  // Most ids differ in their last character, and may have hundreds before it.
  if (entry.charAt(end) !== SEPARATOR || entry.charAt(end - 1) !== id.slice(-1)) return false;
  return entry.startsWith(id, 1) && entry.lastIndexOf(SEPARATOR) === end;
}
