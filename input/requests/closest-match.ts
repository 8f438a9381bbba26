/** Finds the candidate that was probably meant; `null` if none is close. */
export function findClosestMatch(word: string, candidates: readonly string[]): string | null {
  const ranked = candidates
    .map((candidate) => ({ candidate, distance: computeEditDistance(normalize(word), normalize(candidate)) }))
    .sort((left, right) => left.distance - right.distance);
  const best = ranked[0];
  return best !== undefined && best.distance <= Math.max(1, Math.floor(best.candidate.length / 3))
    ? best.candidate
    : null;
}

/** What to do about a text that is none of the names. */
export function adviseName(text: string, names: readonly string[]): string {
  const near = findClosestMatch(text, names);
  return near === null ? `must be one of ${names.join(', ')}` : `did you mean ${near}?`;
}

function normalize(word: string): string {
  return word.toLowerCase().replace(/[-\s]/g, '_');
}

/** Edit distance: the number of insertions, deletions, substitutions and swaps of neighbours between two words. */
export function computeEditDistance(from: string, to: string): number {
  let before: readonly number[] = [];
  let row: readonly number[] = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const change = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      const isSwap = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      const swap = isSwap ? (before[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY;
      next.push(Math.min(change, swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    [before, row] = [row, next];
  }
  return row[to.length] ?? 0;
}
