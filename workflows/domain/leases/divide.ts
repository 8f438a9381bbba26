/** Moves the permits of a lender's holders towards their targets. Pure arithmetic. */
import type { Lease } from './lease';

/**
 * @returns target number of whole permits per claim, in priority order, not below what each has; at most `window` in
 * total
 */
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
  // Existing permits come first, so a cut affects the last ones.
  const kept = claims.map(({ permits }) => take(permits));
  return claims.map(({ wants }, index) => (kept[index] ?? 0) + take(wants - (kept[index] ?? 0)));
}

/**
 * Permits after dividing: reduced to the target at once, but raised only by free permits, because a removed permit is
 * free only when its job has ended.
 *
 * @param targets at most `window` in total
 * @param order order in which free permits are given out. Default: as listed
 */
export function approachTargets(
  window: number,
  leases: readonly Pick<Lease, 'permits' | 'held'>[],
  targets: readonly number[],
  order: readonly number[] = leases.map((_, index) => index),
): readonly number[] {
  let free = window - leases.reduce((sum, { held }) => sum + held, 0);
  // A removed permit that is still held can be given back for free, unless too many are held in total.
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
