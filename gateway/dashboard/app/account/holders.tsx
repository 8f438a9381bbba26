/** Who uses the account: batches, and single items, with their shares. */
import type { Account } from '../api/types';
import { formatCount, formatPercent } from '../format/numbers';
import { toPath } from '../format/route';
import { Notice } from '../parts/notice';
import { WideTable } from '../parts/wide-table';

const FIGURES = ['weight', 'permits', 'inFlight', 'wants'] as const;
const HEADINGS = { weight: 'Weight', permits: 'Permits', inFlight: 'In flight', wants: 'Wants' } as const;

type HoldersProps = Pick<Account, 'holders' | 'limit'>;

export function Holders({ holders, limit }: HoldersProps) {
  if (holders.length === 0) return <Notice title="Nothing runs">No batch and no item wants permits.</Notice>;
  return (
    <section class="panel">
      <h2>Who uses it</h2>
      <WideTable name="Who uses the account">
        <thead>
          <tr>
            <th scope="col">Holder</th>
            {FIGURES.map((name) => (
              <th key={name} scope="col" class="number">
                {HEADINGS[name]}
              </th>
            ))}
            <th scope="col" class="number">
              Share
            </th>
          </tr>
        </thead>
        <tbody>
          {holders.map((holder) => (
            <tr key={`${holder.kind} ${holder.id}`}>
              <th scope="row">
                <a data-row href={toPath({ page: holder.kind, id: holder.id })}>
                  {holder.id}
                </a>
              </th>
              {FIGURES.map((name) => (
                <td key={name} class="number">
                  {formatCount(holder[name])}
                </td>
              ))}
              <td class="number">{formatPercent(holder.permits, Math.max(holder.permits, Math.floor(limit)))}</td>
            </tr>
          ))}
        </tbody>
      </WideTable>
    </section>
  );
}
