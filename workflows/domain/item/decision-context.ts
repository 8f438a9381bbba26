/** What a decision about an item depends on, beside the end of its submission. */
import type { DecisionContext } from './decide-next';
import type { ItemRecord } from './item-record';
import type { Permits } from './permits';

/** @param now in ms since the epoch */
export function toDecisionContext(
  { deadlineAt, rescued, submissions, rememberedUpload, uploadsNewerThan }: ItemRecord,
  { policy, revoked, isOver }: Permits,
  now: number,
): DecisionContext {
  return {
    leftMs: (deadlineAt ?? Number.POSITIVE_INFINITY) - now,
    submissions: submissions.length,
    isGoverned: policy.isGoverned,
    afterFetch: rescued?.then ?? null,
    isRevoked: revoked !== null && !isOver,
    isOver,
    mayRenewUploads: rememberedUpload !== null && uploadsNewerThan === null,
  };
}
