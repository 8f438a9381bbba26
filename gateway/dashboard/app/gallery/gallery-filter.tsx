/** Which results are shown. */
import type { Batch } from '../api/types';
import { focusSearch, moveFocus, useKeys } from '../state/use-keys';
import type { ResultFilter } from '../state/use-results';

interface GalleryFilterProps {
  readonly batch: Batch;
  readonly filter: ResultFilter;
  readonly onChange: (filter: ResultFilter) => void;
  /** Text of keys and values. */
  readonly text: string;
  readonly onText: (text: string) => void;
}

const OUTCOMES: readonly ResultFilter['outcome'][] = ['', 'succeeded', 'failed', 'unknown', 'cancelled'];

export function GalleryFilter({ batch, filter, onChange, text, onText }: GalleryFilterProps) {
  useKeys({ j: () => moveFocus(1), k: () => moveFocus(-1), '/': focusSearch });
  const steps = Object.keys(batch.steps ?? {});
  return (
    <search class="filter">
      <input
        type="search"
        data-search
        aria-label="Search in keys and values"
        placeholder="Key or value has…  ( / )"
        value={text}
        onInput={(event) => onText(event.currentTarget.value)}
      />
      <Choice
        label="Outcome"
        none="all outcomes"
        value={filter.outcome}
        choices={OUTCOMES}
        choose={(outcome) => onChange({ ...filter, outcome })}
      />
      <Choice
        label="Code"
        none="all codes"
        value={filter.code}
        choices={['', ...Object.keys(batch.failures)]}
        choose={(code) => onChange({ ...filter, code })}
      />
      {steps.length > 0 && (
        <Choice
          label="Step"
          none="all steps"
          value={filter.step}
          choices={['', ...steps]}
          choose={(step) => onChange({ ...filter, step })}
        />
      )}
    </search>
  );
}

interface ChoiceProps<T extends string> {
  readonly label: string;
  /** The text of no choice. */
  readonly none: string;
  readonly value: T;
  readonly choices: readonly T[];
  readonly choose: (value: T) => void;
}

function Choice<T extends string>({ label, none, value, choices, choose }: ChoiceProps<T>) {
  return (
    <select
      aria-label={label}
      value={value}
      onChange={(event) => {
        const chosen = choices.find((choice) => choice === event.currentTarget.value);
        if (chosen !== undefined) choose(chosen);
      }}
    >
      {choices.map((choice) => (
        <option key={choice} value={choice}>
          {choice || none}
        </option>
      ))}
    </select>
  );
}
