/** Search and filter of the list of batches. */
import type { Batch } from '../api/types';
import { IdSearch } from '../parts/id-search';

export interface Filter {
  readonly state: Batch['state'] | '';
  /** Beginning of the ids. */
  readonly prefix: string;
}

const PAGE_SIZE = 50;
const STATES: readonly Filter['state'][] = ['', 'running', 'paused', 'completed', 'cancelled', 'failed'];

export function toQuery({ state, prefix }: Filter, cursor: string): string {
  const terms = { state, prefix, cursor };
  const given = Object.entries(terms).filter(([, value]) => value !== '');
  return new URLSearchParams([...given, ['limit', String(PAGE_SIZE)], ['status', 'true']]).toString();
}

interface BatchFilterProps {
  readonly filter: Filter;
  readonly onChange: (filter: Filter) => void;
}

export function BatchFilter({ filter, onChange }: BatchFilterProps) {
  return (
    <search class="filter">
      <IdSearch prefix={filter.prefix} onPrefix={(prefix) => onChange({ ...filter, prefix })} />
      <select
        aria-label="State"
        value={filter.state}
        onChange={(event) => {
          const { value } = event.currentTarget;
          onChange({ ...filter, state: STATES.find((state) => state === value) ?? '' });
        }}
      >
        {STATES.map((state) => (
          <option key={state} value={state}>
            {state || 'all states'}
          </option>
        ))}
      </select>
    </search>
  );
}
