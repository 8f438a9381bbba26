/** What the governor knows about one holder of permits, or one that is about to get some. Pure. */
import type { AccountGrant, HolderReport } from '../leases/governor-protocol';
import type { BlockedItems } from '../leases/held-operations';
import { applyLeaseReport, type Lease, NEW_LEASE, withReplyDue } from '../leases/lease';
import type { QueuedItem } from './account-queue';
import type { Claim } from './account-shares';

export interface Holder extends Lease<AccountGrant>, Claim {
  readonly id: string;
  /** For a single item: whether it waits while the account is held. */
  readonly waits: boolean;
  /** All times here are in ms since the epoch. */
  readonly lastSeenAt: number;
  /** When it last reported, or was granted more than it held. */
  readonly quietSince: number;
  /** It has been silent for long, so its unused permits are lent to others. */
  readonly isSilent: boolean;
  /** Operation of a single item; empty if unknown, and for a batch. */
  readonly operation: string;
  /** Items of a batch that wait for held operations. */
  readonly blocked: BlockedItems;
}

/** A single item that may get a permit. */
export function newItemHolder({ id, waits, operation }: QueuedItem, now: number): Holder {
  return {
    ...NEW_LEASE,
    id,
    kind: 'item',
    weight: 1,
    wants: 1,
    deficit: 0,
    waits,
    lastSeenAt: now,
    quietSince: now,
    isSilent: false,
    operation,
    blocked: {},
  };
}

export function toBatchHolder(report: HolderReport, before: Holder | undefined, now: number): Holder {
  const { holder: id, kind, weight, wants, blocked = {} } = report;
  const lease = before ?? { ...NEW_LEASE, deficit: 0 };
  const times = { lastSeenAt: now, quietSince: now };
  const own = { id, kind, weight, wants, blocked, operation: '', waits: true, ...times, isSilent: false };
  // The need for a reply is decided here; the next division sends it.
  return withReplyDue(applyLeaseReport<Holder>({ ...lease, ...own }, report));
}

export function isWaitingItem({ kind, held, isSilent }: Holder): boolean {
  return kind === 'item' && held === 0 && !isSilent;
}

export function isProbing({ lastGrant, permits }: Holder): boolean {
  return lastGrant?.probe === true && permits > 0;
}
