/** What failed, by code, with its meaning and remedy from the failure table. */
import type { Batch } from '../api/types';
import { explainFailures } from '../format/failures';
import { formatCount, formatCounted } from '../format/numbers';
import { useMay } from '../state/app-context';
import type { RedriveScope } from './batch-page-dialogs';
import { hasEnded } from './ended';

interface FailuresProps {
  readonly batch: Batch;
  /** `null`: nothing can be run again. */
  readonly redrive: ((scope: RedriveScope) => void) | null;
}

export function Failures({ batch, redrive }: FailuresProps) {
  const mayStart = useMay('start');
  const failures = explainFailures(batch.failures);
  const unreadable = Object.values(batch.unreadable).reduce((sum, count) => sum + count, 0);
  if (failures.length === 0 && unreadable === 0) return null;
  const isOver = hasEnded(batch);
  return (
    <section class="panel" aria-labelledby="failures">
      <h2 id="failures">Failures</h2>
      {unreadable > 0 && (
        <p>{formatCounted(unreadable, 'accepted job')} cannot be read at the moment; reads are retried.</p>
      )}
      <ul class="failures">
        {failures.map(({ code, count, meaning, remedy }) => (
          <li key={code}>
            <b class="number bad">{formatCount(count)}</b>
            <div>
              <code>{code}</code>
              <p>{meaning}</p>
              <p class="hint">{remedy}</p>
            </div>
            {mayStart && redrive !== null && (
              <button
                class="button"
                type="button"
                disabled={!isOver}
                title={isOver ? undefined : 'Possible when the batch has ended'}
                onClick={() => redrive({ code })}
              >
                Run these again…
              </button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
