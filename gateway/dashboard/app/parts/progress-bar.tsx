/** The items of a batch by outcome: a bar, and a legend whose numbers add up to all items. */
import type { Batch } from '../api/types';
import { formatCount, formatPercent } from '../format/numbers';
import { countEnded, toSegments } from '../format/progress';

export function ProgressBar({ counts }: { readonly counts: Batch['counts'] }) {
  const ended = countEnded(counts);
  const label = `${formatCount(ended)} of ${formatCount(counts.total)} items have ended`;
  return (
    <div class="bar" role="img" aria-label={label} title={label}>
      {toSegments(counts).map(({ standing, share }) => (
        <span key={standing} class={`bar-part fill-${standing}`} style={{ flexGrow: share }} />
      ))}
    </div>
  );
}

export function ProgressLegend({ counts }: { readonly counts: Batch['counts'] }) {
  return (
    <ul class="legend">
      {toSegments(counts).map(({ standing, count }) => (
        <li key={standing}>
          <span class={`dot fill-${standing}`} aria-hidden="true" />
          <b>{formatCount(count)}</b> {standing}
          <span class="faint"> {formatPercent(count, counts.total)}</span>
        </li>
      ))}
      <li class="legend-total">
        <b>{formatCount(counts.total)}</b> items
      </li>
    </ul>
  );
}
