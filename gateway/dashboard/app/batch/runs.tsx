/** The runs of a batch that was run again: what was selected, when, and how it ended. */
import type { BatchRuns } from '../api/types';
import { formatCount } from '../format/numbers';
import { Time } from '../parts/time';
import { WideTable } from '../parts/wide-table';

const OUTCOMES = ['succeeded', 'failed', 'unknown', 'cancelled'] as const;
const KINDS = { start: 'Start', redrive: 'Redrive', addition: 'Added rows' } as const;

export function Runs({ runs }: Pick<BatchRuns, 'runs'>) {
  return (
    <section class="panel" aria-labelledby="runs">
      <h2 id="runs">Runs</h2>
      <WideTable name="Runs of the batch">
        <thead>
          <tr>
            <th scope="col">Run</th>
            <th scope="col">Started</th>
            <th scope="col">What was run</th>
            <th scope="col" class="number">
              Items
            </th>
            {OUTCOMES.map((outcome) => (
              <th key={outcome} scope="col" class="number">
                {outcome}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {runs.map(({ number, kind, startedAt, summary, items, outcomes }) => (
            <tr key={number}>
              <th scope="row">
                {number} {KINDS[kind]}
              </th>
              <td>
                <Time iso={startedAt} />
              </td>
              <td class="wraps">{summary ?? 'the rows of the batch'}</td>
              <td class="number">{formatCount(items)}</td>
              {OUTCOMES.map((outcome) => (
                <td key={outcome} class="number">
                  {outcomes === null ? '–' : formatCount(outcomes[outcome])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </WideTable>
    </section>
  );
}
