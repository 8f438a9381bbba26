/** Search and filter of the list of batches. */
import { useEffect, useState } from 'preact/hooks';
import type { Batch } from '../api/types';

export interface Filter {
  readonly state: Batch['state'] | '';
  /** Beginning of the ids. */
  readonly prefix: string;
}

const PAGE_SIZE = 50;
const TYPING_MS = 250;
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
  const [text, setText] = useState(filter.prefix);
  useEffect(() => {
    const prefix = text.trim();
    if (prefix === filter.prefix) return;
    const timer = setTimeout(() => onChange({ ...filter, prefix }), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text, filter, onChange]);
  return (
    <search class="filter">
      <input
        type="search"
        data-search
        aria-label="Search by the beginning of an id"
        placeholder="Id begins with…  ( / )"
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
      />
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
