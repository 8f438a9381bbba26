/** What a batch can do while operations of its account are held: other items continue, one probes. Pure. */
import { getOwn } from '../base/own-value';
import type { OperationHoldNotice } from '../leases/governor-protocol';
import { type BlockedItems, countBlocked, getProbe, type HeldOperations } from '../leases/held-operations';
import { type BatchSchedule, isFinished, type OpenPage, sumRest } from './batch-schedule';
import { countOpen } from './tally';

/**
 * Maximum pages whose items all wait for held operations. What the rows of unopened pages are is not known, so this is
 * how far a batch looks for rows of other operations.
 */
const MAX_BLOCKED_PAGES = 20;

export function getHeld({ grant }: Pick<BatchSchedule, 'grant'>): HeldOperations {
  return grant?.heldOperations ?? {};
}

/** Items of a page that could be in flight. */
export function countFree({ tally, blocked }: OpenPage, held: HeldOperations): number {
  return Math.max(0, countOpen(tally) - countBlocked(blocked, held));
}

/** Whether the batch has opened as many pages with held items as it may. */
export function isLookAheadUsed(schedule: BatchSchedule): boolean {
  const held = getHeld(schedule);
  if (Object.keys(held).length === 0) return false;
  const isBlocked = (page: OpenPage) => countFree(page, held) === 0 && countBlocked(page.blocked, held) > 0;
  return schedule.open.filter(isBlocked).length >= MAX_BLOCKED_PAGES;
}

/** Items that could be in flight with unlimited permits. */
export function countAllFree(schedule: BatchSchedule): number {
  const held = getHeld(schedule);
  const free = schedule.open.reduce((sum, page) => sum + countFree(page, held), 0);
  // Pages that cannot start want nothing, which frees permits for others.
  return schedule.isBlocked || isLookAheadUsed(schedule) ? free : free + countOpen(sumRest(schedule));
}

/** Whether every item that has not ended waits for a held operation. */
export function isAllBlocked(schedule: BatchSchedule): boolean {
  if (Object.keys(getHeld(schedule)).length === 0 || isFinished(schedule)) return false;
  return Object.keys(sumBlocked(schedule)).length > 0 && !schedule.isBlocked && countAllFree(schedule) === 0;
}

/** Items that wait for held operations or probe them. */
export function sumBlocked(schedule: BatchSchedule): BlockedItems {
  const names = Object.keys(getHeld(schedule));
  const count = (name: string) => schedule.open.reduce((sum, { blocked }) => sum + (getOwn(blocked, name) ?? 0), 0);
  return Object.fromEntries(names.map((name) => [name, count(name)] as const).filter(([, items]) => items > 0));
}

/** The part whose page sends each probe of the newest grant, by operation: the one that already does, else the first. */
export type ProbingParts = ReadonlyMap<string, number>;

export function chooseProbingParts(schedule: BatchSchedule, isAble: (page: OpenPage) => boolean): ProbingParts {
  const { grant, open } = schedule;
  const parts = new Map<string, number>();
  for (const operation of Object.keys(getHeld(schedule))) {
    const number = grant === null ? null : getProbe(grant, operation);
    if (number === null) continue;
    const able = open.filter((page) => (getOwn(page.blocked, operation) ?? 0) > 0 && isAble(page));
    const current = able.find(({ lastGrant }) => lastGrant !== null && getProbe(lastGrant, operation) === number);
    const page = current ?? able[0];
    if (page !== undefined) parts.set(operation, page.part);
  }
  return parts;
}

/** Probes that a page sends. */
export function countProbes(parts: ProbingParts, { part }: Pick<OpenPage, 'part'>): number {
  return [...parts.values()].filter((probing) => probing === part).length;
}

/** What a page's grant says about held operations; empty while none is. */
export function toPageOperations(
  schedule: BatchSchedule,
  parts: ProbingParts,
  { part }: Pick<OpenPage, 'part'>,
): { readonly heldOperations?: HeldOperations } {
  const held = Object.entries(getHeld(schedule));
  if (held.length === 0) return {};
  return {
    heldOperations: Object.fromEntries(held.map(([name, probe]) => [name, parts.get(name) === part ? probe : null])),
  };
}

/** Holds that items of the batch wait for. */
export function listOperationHolds(schedule: BatchSchedule): readonly OperationHoldNotice[] {
  const blocked = sumBlocked(schedule);
  return (schedule.grant?.operationHolds ?? []).filter(({ operation }) => Object.hasOwn(blocked, operation));
}
