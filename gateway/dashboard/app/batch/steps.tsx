/** The steps of a recipe: how many items have reached each, by outcome. */
import type { Batch } from '../api/types';
import { formatCount } from '../format/numbers';
import { WideTable } from '../parts/wide-table';

const COLUMNS = ['succeeded', 'failed', 'unknown', 'cancelled', 'open'] as const;

export function Steps({ steps }: { readonly steps: Batch['steps'] }) {
  if (steps === undefined) return null;
  return (
    <section class="panel">
      <h2>Steps</h2>
      <WideTable name="Items by step">
        <thead>
          <tr>
            <th scope="col">Step</th>
            {COLUMNS.map((column) => (
              <th key={column} scope="col" class="number">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {Object.entries(steps).map(([step, counts]) => {
            const known = new Map(Object.entries(counts));
            return (
              <tr key={step}>
                <th scope="row">{step}</th>
                {COLUMNS.map((column) => (
                  <td key={column} class="number">
                    {formatCount(known.get(column) ?? 0)}
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </WideTable>
    </section>
  );
}
