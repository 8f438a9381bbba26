/** Which counts of a page are believed: what its coordinator knows, or what the page has answered. Pure. */
import { countItems, countOpen, type Tally } from './tally';

/**
 * A page that has just continued as new knows the ended items, but not yet the others, none of which runs. A page that
 * has just started knows nothing.
 *
 * @param known by the coordinator
 * @param reported by the page
 */
export function chooseFresher(known: Tally, reported: Tally): Tally {
  const left = countItems(known) - countItems(reported);
  if (left === 0) return reported;
  if (countEnded(reported) < countEnded(known)) return known;
  return {
    ...reported,
    counts: { ...reported.counts, waiting: reported.counts.waiting + left },
    submissions: Math.max(known.submissions, reported.submissions),
    cost: Math.max(known.cost, reported.cost),
    duplicates: Math.max(known.duplicates, reported.duplicates),
  };
}

function countEnded(tally: Tally): number {
  return countItems(tally) - countOpen(tally);
}

/**
 * Of a page that does not answer in time: its counts never fall, so an earlier answer may be fresher than its last report.
 *
 * @param known by the coordinator
 * @param remembered what the page has answered before; `undefined`: nothing
 */
export function chooseLater(known: Tally, remembered: Tally | undefined): Tally {
  return remembered !== undefined && countEnded(remembered) > countEnded(known)
    ? chooseFresher(known, remembered)
    : known;
}
