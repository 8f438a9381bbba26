/** Which items may go while operations are held: those of open operations, and one probe of each operation. Pure. */
import { getOwn } from '../base/own-value';
import { getProbe, type HeldOperations } from '../leases/held-operations';
import { findOutOfBudget } from '../money/day-reserve';
import { findOfOperation, parseEntry, type Queue } from './account-queue';
import type { AccountState } from './account-state';
import type { Holder } from './holder';
import { getProbeNumber, liftOperation } from './operation-holds';

/** The holder that probes each operation, by operation. */
export type Probers = ReadonlyMap<string, string>;

/** Chooses who probes: the one that already does, else a queued item, else a batch. */
export function chooseProbers(state: AccountState): Probers {
  const probed = Object.entries(state.operationHolds).filter(([, { probing }]) => probing);
  if (probed.length === 0) return new Map();
  const outOfBudget = findOutOfBudget(state.day);
  const chosen = probed.flatMap(([operation, hold]) => {
    const id = chooseProber(state, outOfBudget, operation, getProbeNumber(hold));
    return id === undefined ? [] : [[operation, id] as const];
  });
  return new Map(chosen);
}

function chooseProber(
  { holders, queue }: AccountState,
  outOfBudget: ReadonlySet<string>,
  operation: string,
  number: number | null,
): string | undefined {
  const current = holders.find((holder) => isProber(holder, operation, number));
  if (current !== undefined) return current.id;
  const queued = findOfOperation(queue, operation);
  if (queued !== undefined) return queued.id;
  const isAble = (holder: Holder) => holder.kind === 'batch' && !holder.isSilent && !outOfBudget.has(holder.id);
  return holders.find((holder) => isAble(holder) && hasBlocked(holder, operation))?.id;
}

function isProber(holder: Holder, operation: string, number: number | null): boolean {
  if (holder.lastGrant === null || number === null || getProbe(holder.lastGrant, operation) !== number) return false;
  return holder.kind === 'item' ? holder.held > 0 : !holder.isSilent && hasBlocked(holder, operation);
}

/** Whether items of it wait for the operation or probe it. */
function hasBlocked({ blocked }: Holder, operation: string): boolean {
  return (getOwn(blocked, operation) ?? 0) > 0;
}

/** Number of items beyond what it wants that a holder may send as probes. */
export function countProbes(probers: Probers, { id, kind }: Pick<Holder, 'id' | 'kind'>): number {
  if (kind === 'item' || probers.size === 0) return 0;
  return [...probers.values()].filter((prober) => prober === id).length;
}

/** What a holder's grant says about held operations. That of a single item names only the one that it probes. */
export function toHeldOperations(
  { operationHolds }: AccountState,
  probers: Probers,
  { id, kind }: Pick<Holder, 'id' | 'kind'>,
): HeldOperations {
  const numbers = Object.entries(operationHolds).map(
    ([operation, hold]) => [operation, probers.get(operation) === id ? getProbeNumber(hold) : null] as const,
  );
  return Object.fromEntries(kind === 'batch' ? numbers : numbers.filter(([, number]) => number !== null));
}

/** The queued items that may go now, in their order. */
export function selectOpen(queue: Queue, { operationHolds }: AccountState, probers: Probers): Queue {
  if (Object.keys(operationHolds).length === 0) return queue;
  const isOpen = ({ id, operation }: { readonly id: string; readonly operation: string }) =>
    !Object.hasOwn(operationHolds, operation) || probers.get(operation) === id;
  return queue.filter((entry) => isOpen(parseEntry(entry)));
}

/** Whether a queued item waits for nothing but a permit. */
export function hasOpenItem({ queue, operationHolds }: AccountState): boolean {
  if (Object.keys(operationHolds).length === 0) return queue.length > 0;
  return queue.some((entry) => !Object.hasOwn(operationHolds, parseEntry(entry).operation));
}

/** Ends holds whose probe no item is left to send, if earlier submissions have succeeded since it was requested. */
export function liftIdleOperations(state: AccountState, now: number): AccountState {
  const shown = Object.entries(state.operationHolds).filter(([, { earlierSucceeded }]) => earlierSucceeded === true);
  const idle = shown.filter(([operation]) => !isWanted(state, operation));
  return idle.reduce((next, [operation, hold]) => liftOperation(next, operation, hold, now), state);
}

function isWanted({ holders, queue }: AccountState, operation: string): boolean {
  if (holders.some((holder) => holder.operation === operation || hasBlocked(holder, operation))) return true;
  return findOfOperation(queue, operation) !== undefined;
}
