/** The list of batches as a table; on narrow screens each row is a card. */
import type { Batch, ListedBatch } from '../api/types';
import { formatCount, formatRate, formatSpend } from '../format/numbers';
import { averageRate, countEnded, estimateRemaining } from '../format/progress';
import { toPath } from '../format/route';
import { formatDuration } from '../format/times';
import { ProgressBar } from '../parts/progress-bar';
import { StateLabel } from '../parts/state-label';
import { Age } from '../parts/time';
import { useNow } from '../state/use-now';

export function BatchTable({ batches }: { readonly batches: readonly ListedBatch[] }) {
  const now = useNow(5_000);
  return (
    <table class="batches">
      <thead>
        <tr>
          <th scope="col">Batch</th>
          <th scope="col">State</th>
          <th scope="col" class="wide">
            Progress
          </th>
          <th scope="col" class="number">
            Ended
          </th>
          <th scope="col" class="number">
            Failed
          </th>
          <th scope="col" class="number">
            Rate
          </th>
          <th scope="col" class="number">
            Left
          </th>
          <th scope="col" class="number">
            Spend
          </th>
          <th scope="col" class="number">
            Started
          </th>
        </tr>
      </thead>
      <tbody>
        {batches.map((batch) => (
          <Row key={batch.id} batch={batch} now={now} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ batch, now }: { readonly batch: ListedBatch; readonly now: number }) {
  const { id, startedAt, status = null } = batch;
  return (
    <tr>
      <th scope="row">
        <a data-row href={toPath({ page: 'batch', id })} title={id}>
          {id}
        </a>
      </th>
      <td data-label="State">
        <StateLabel state={status?.state ?? batch.state} />
      </td>
      {status === null ? <UnknownCells /> : <StatusCells status={status} now={now} />}
      <td data-label="Started" class="number">
        <Age iso={startedAt} />
      </td>
    </tr>
  );
}

function StatusCells({ status, now }: { readonly status: Batch; readonly now: number }) {
  const { counts, charged, finishedAt, state } = status;
  const rate = averageRate(status, now);
  const remaining = state === 'running' && finishedAt === null ? estimateRemaining(counts, rate) : null;
  const failed = counts.failed + counts.unknown;
  return (
    <>
      <td data-label="Progress" class="wide">
        <ProgressBar counts={counts} />
      </td>
      <td data-label="Ended" class="number">
        {formatCount(countEnded(counts))} <span class="faint">/ {formatCount(counts.total)}</span>
      </td>
      <td data-label="Failed" class={`number ${failed > 0 ? 'bad' : ''}`}>
        {formatCount(failed)}
      </td>
      <td data-label="Rate" class="number">
        {formatRate(rate)}
      </td>
      <td data-label="Left" class="number">
        {remaining === null ? '–' : formatDuration(remaining)}
      </td>
      <td data-label="Spend" class="number">
        {formatSpend(charged)}
      </td>
    </>
  );
}

const UNKNOWN = ['Ended', 'Failed', 'Rate', 'Left', 'Spend'] as const;

/** The status could not be queried: the page of the batch says why. */
function UnknownCells() {
  return (
    <>
      <td data-label="Progress" class="wide faint">
        not known now
      </td>
      {UNKNOWN.map((label) => (
        <td key={label} data-label={label} class="number">
          –
        </td>
      ))}
    </>
  );
}
