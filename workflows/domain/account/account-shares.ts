/** Divides the window of an account: single items first, then batches by weight. Pure arithmetic. */
import { approachTargets } from '../leases/divide';
import type { HolderKind } from '../leases/governor-protocol';
import type { Lease } from '../leases/lease';

/** What is needed about a holder to divide permits. */
export interface Claim extends Pick<Lease, 'permits' | 'held'> {
  readonly kind: HolderKind;
  readonly weight: number;
  /** Number of jobs that it could have in flight. */
  readonly wants: number;
  /** Permit-seconds owed to it from times when it had less than its share. */
  readonly deficit: number;
}

/** Permit-seconds that another holder must be owed before the permit left over after rounding moves to it. */
const MIN_DEFICIT = 5;
/** Preference for the holder that has the permit already, in permits. */
const KEPT_BONUS = 0.5;

/** Each claim's share if permits were divisible: weighted, and never above what it wants. */
export function computeFairShares(window: number, claims: readonly Claim[]): readonly number[] {
  const shares = claims.map(() => 0);
  let open = claims.map((_, index) => index).filter((index) => (claims[index]?.wants ?? 0) > 0);
  let left = window;
  while (open.length > 0 && left > 0) {
    const weights = open.reduce((sum, index) => sum + (claims[index]?.weight ?? 0), 0);
    const perWeight = left / weights;
    const isSated = (index: number) => isSatisfiedBy(claims[index], perWeight);
    const sated = open.filter(isSated);
    if (sated.length === 0) {
      for (const index of open) shares[index] = (claims[index]?.weight ?? 0) * perWeight;
      return shares;
    }
    for (const index of sated) {
      shares[index] = claims[index]?.wants ?? 0;
      left -= shares[index] ?? 0;
    }
    open = open.filter((index) => !isSated(index));
  }
  return shares;
}

function isSatisfiedBy(claim: Claim | undefined, perWeight: number): boolean {
  return claim !== undefined && claim.wants <= claim.weight * perWeight;
}

/** Target number of whole permits per claim; the sum never exceeds the window. */
export function computeTargets(window: number, claims: readonly Claim[]): readonly number[] {
  const images = claims.map(({ kind, wants }) => (kind === 'item' ? wants : 0));
  let left = window;
  const first = images.map((wants) => {
    const given = Math.min(wants, left);
    left -= given;
    return given;
  });
  const batches = claims.map((claim) => (claim.kind === 'batch' ? claim : { ...claim, wants: 0 }));
  const fair = computeFairShares(left, batches);
  const whole = fair.map(Math.floor);
  const odd = Math.round(left === 0 ? 0 : fair.reduce((sum, share) => sum + share, 0)) - addUp(whole);
  if (odd > 0) for (const index of orderByScore(batches, fair).slice(0, odd)) whole[index] = (whole[index] ?? 0) + 1;
  return whole.map((share, index) => share + (first[index] ?? 0));
}

/** Order in which claims receive odd permits. */
function orderByScore(claims: readonly Claim[], fair: readonly number[]): readonly number[] {
  const score = (index: number) => {
    const [claim, share] = [claims[index], fair[index] ?? 0];
    if (claim === undefined) return 0;
    const kept = claim.permits > Math.floor(share) ? KEPT_BONUS : 0;
    return share - Math.floor(share) + kept + claim.deficit / MIN_DEFICIT;
  };
  return claims
    .map((_, index) => index)
    .filter((index) => (fair[index] ?? 0) < (claims[index]?.wants ?? 0))
    .map((index) => ({ index, score: score(index) }))
    .sort((left, right) => right.score - left.score)
    .map(({ index }) => index);
}

/** Permits per claim, by weight. */
export function divideWindow(window: number, claims: readonly Claim[]): readonly number[] {
  return approachTargets(window, claims, computeTargets(window, claims), orderItemsFirst(claims));
}

function orderItemsFirst(claims: readonly Claim[]): readonly number[] {
  const indexes = claims.map((_, index) => index);
  return [
    ...indexes.filter((index) => claims[index]?.kind === 'item'),
    ...indexes.filter((index) => claims[index]?.kind === 'batch'),
  ];
}

function addUp(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}
