/** Changes some fields of an item's request, shows what that costs, and runs the item again. */
import { useMemo, useState } from 'preact/hooks';
import { isOperationName } from '../../../../workflows/domain/operations/operations';
import type { Problem, ResultRequest } from '../api/types';
import { listChanges } from '../format/changed-fields';
import { type FormValues, sortProblems, toFormValues } from '../format/operation-form';
import { OperationForm } from '../parts/operation-form';

/** A change as the API takes it. */
export interface Change {
  readonly key: string;
  readonly step?: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

interface ChangeFormProps {
  readonly request: ResultRequest;
  /** Why the API refused the change; `null`: it did not, or not yet. */
  readonly problem: Problem | null;
  readonly onChange: (change: Change) => void;
  readonly onBack: () => void;
}

export function ChangeForm({ request: { key, steps }, problem, onChange, onBack }: ChangeFormProps) {
  const [at, setAt] = useState(0);
  const [values, setValues] = useState<ReadonlyMap<number, FormValues<File>>>(new Map());
  const [isUnchanged, setUnchanged] = useState(false);
  const step = steps[at];
  const operation = step !== undefined && isOperationName(step.operation) ? step.operation : null;
  const before = useMemo(
    () => (step === undefined || operation === null ? new Map() : toFormValues(operation, step.request)),
    [step, operation],
  );
  if (step === undefined || operation === null) return <p>This version does not know the operation.</p>;
  const current = values.get(at) ?? before;
  const findings = (problem?.errors ?? []).map(({ field = '', problem: text }) => ({
    field: field.replace(/^changes\.\d+\.(fields\.)?/, ''),
    problem: text,
  }));
  const { byField, others } = sortProblems(operation, findings);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const fields = listChanges(operation, before, current);
    setUnchanged(Object.keys(fields).length === 0);
    if (Object.keys(fields).length > 0) onChange({ key, ...(step.id === undefined ? {} : { step: step.id }), fields });
  };
  return (
    <form onSubmit={submit} noValidate>
      {steps.length > 1 && (
        <div class="field">
          <label for="change-step">Step</label>
          <select id="change-step" value={at} onChange={(event) => setAt(Number(event.currentTarget.value))}>
            {steps.map(({ id, operation: name }, index) => (
              <option key={id} value={index}>
                {id} · {name}
              </option>
            ))}
          </select>
        </div>
      )}
      <p class="hint">
        Only the fields that you change are sent. The others stay as they are, also inputs that are files.
      </p>
      <OperationForm
        operation={operation}
        values={current}
        onValues={(next) => setValues(new Map([...values, [at, next]]))}
        problems={byField}
        takesFiles={false}
      />
      {others.length > 0 && (
        <p class="action-problem" role="alert">
          {others.join('; ')}
        </p>
      )}
      {isUnchanged && (
        <p class="action-problem" role="alert">
          Nothing is changed yet. Change a field, for instance the prompt or the seed.
        </p>
      )}
      <div class="dialog-actions">
        <button class="button" type="button" onClick={onBack}>
          Back
        </button>
        <button class="button primary" type="submit">
          Look at what is paid
        </button>
      </div>
    </form>
  );
}
