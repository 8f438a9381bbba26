/** The price of one submission of each operation, for the estimate and for budgets. */
import type { BatchPlan } from '../api/types';
import type { Prices } from '../format/start-files';

interface PriceFieldsProps {
  readonly plan: BatchPlan;
  readonly prices: Prices;
  readonly onPrices: (prices: Prices) => void;
}

export function PriceFields({ plan, prices, onPrices }: PriceFieldsProps) {
  return (
    <>
      {Object.keys(plan.byOperation).map((name) => (
        <div key={name} class="field">
          <label for={`price-${name}`}>Price of {name}</label>
          <input
            id={`price-${name}`}
            type="text"
            inputMode="decimal"
            autocomplete="off"
            value={prices.get(name) ?? ''}
            onInput={(event) => onPrices(new Map([...prices, [name, event.currentTarget.value]]))}
          />
          <small class="hint">Of one submission, in your plan. Empty: not known.</small>
        </div>
      ))}
    </>
  );
}
