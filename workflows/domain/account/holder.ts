/** What the governor knows of one that has permits of the account, or is about to get one. Pure. */
import type { AccountGrant, HolderReport } from '../leases/governor-protocol';
import { applyLeaseReport, type Lease, NEW_LEASE, withReplyDue } from '../leases/lease';
import type { Claim } from './account-shares';

export interface Holder extends Lease<AccountGrant>, Claim {
  readonly id: string;
  /** Of a single image: it waits while the account is held. */
  readonly waits: boolean;
  /** In ms since the epoch, as all times here. */
  readonly lastSeenAt: number;
  /** When it last said anything of itself, or was given more than it had in hand. */
  readonly quietSince: number;
  /** It has said nothing for long, so that others have what it is not known to use. */
  readonly isSilent: boolean;
}

/** One that is about to get a permit, or not. */
export function newItemHolder({ id, waits }: { readonly id: string; readonly waits: boolean }, now: number): Holder {
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
  };
}

export function toBatchHolder(report: HolderReport, before: Holder | undefined, now: number): Holder {
  const { holder: id, kind, weight, wants } = report;
  const lease = before ?? { ...NEW_LEASE, deficit: 0 };
  const own = { id, kind, weight, wants, waits: true, lastSeenAt: now, quietSince: now, isSilent: false };
  // What it waits for is decided here, so that the next division is the reply.
  return withReplyDue(applyLeaseReport<Holder>({ ...lease, ...own }, report));
}

export function isWaitingItem({ kind, held, isSilent }: Holder): boolean {
  return kind === 'item' && held === 0 && !isSilent;
}

export function isProbing({ lastGrant, permits }: Holder): boolean {
  return lastGrant?.probe === true && permits > 0;
}
