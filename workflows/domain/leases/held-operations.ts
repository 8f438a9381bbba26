/** Operations that may not be submitted while others may, as a grant names them. */
import { getOwn } from '../base/own-value';

/**
 * By operation: the number of the probe that the holder may send, which is one item; `null` if it may send none.
 */
export type HeldOperations = Readonly<Record<string, number | null>>;

/** The part of a grant that names them; absent while no operation is held. */
export interface OperationTerms {
  readonly heldOperations?: HeldOperations;
}

/** The number of the probe of an operation that the holder may send; `null` if none. */
export function getProbe({ heldOperations = {} }: OperationTerms, operation: string): number | null {
  return getOwn(heldOperations, operation) ?? null;
}

/** Whether the holder may send a probe of some operation. */
export function isAnyProbed({ heldOperations = {} }: OperationTerms): boolean {
  return Object.values(heldOperations).some((probe) => probe !== null);
}

export function isSameOperations(left: OperationTerms, right: OperationTerms): boolean {
  const [one, other] = [left.heldOperations ?? {}, right.heldOperations ?? {}];
  const names = Object.keys(one);
  const isSame = (name: string) => Object.hasOwn(other, name) && getOwn(one, name) === getOwn(other, name);
  return names.length === Object.keys(other).length && names.every(isSame);
}

/** Number of items that wait for held operations, or probe them, by operation; without those that have none. */
export type BlockedItems = Readonly<Record<string, number>>;

/** Number of items of held operations; what was reported of others is over. */
export function countBlocked(blocked: BlockedItems, held: HeldOperations): number {
  return Object.entries(blocked).reduce((sum, [name, count]) => sum + (Object.hasOwn(held, name) ? count : 0), 0);
}
