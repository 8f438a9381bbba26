/** How a lender comes from the permits that its holders have to those that they should have. Pure arithmetic. */
import type { Lease } from './lease';

/** @returns whole permits that each should come to have, the first before the others, and none less than it has; together at most `window` */
export function computeTargetsInOrder(
  window: number,
  claims: readonly { readonly permits: number; readonly wants: number }[],
): readonly number[] {
  let left = window;
  const take = (wanted: number) => {
    const taken = Math.max(0, Math.min(wanted, left));
    left -= taken;
    return taken;
  };
  // What they have comes first, so that a cut takes it from the last ones.
  const kept = claims.map(({ permits }) => take(permits));
  return claims.map(({ wants }, index) => (kept[index] ?? 0) + take(wants - (kept[index] ?? 0)));
}

/**
 * Permits after dividing: cut at once to the target, raised only by what is free, since a permit that was taken away is
 * free when its job has ended and not before.
 *
 * @param targets together at most `window`
 * @param order in which free permits are given out; default as they come
 */
export function approachTargets(
  window: number,
  leases: readonly Pick<Lease, 'permits' | 'held'>[],
  targets: readonly number[],
  order: readonly number[] = leases.map((_, index) => index),
): readonly number[] {
  let free = window - leases.reduce((sum, { held }) => sum + held, 0);
  // What was taken away and is still held is given back at no cost, unless all together hold too many.
  const most = leases.map(({ permits, held }) => (free < 0 ? permits : held));
  const permits = most.map((count, index) => Math.min(count, targets[index] ?? 0));
  for (const index of order) {
    const more = Math.min(free, (targets[index] ?? 0) - (leases[index]?.held ?? 0));
    if (more <= 0) continue;
    permits[index] = (leases[index]?.held ?? 0) + more;
    free -= more;
  }
  return permits;
}
