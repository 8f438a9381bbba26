/** Changes limits of a running batch. Fields that stay empty change nothing. */
import { useState } from 'preact/hooks';
import type { Batch } from '../api/types';
import { toText } from '../parts/action-button';
import { Dialog } from '../parts/dialog';
import { useApp } from '../state/app-context';
import { LIMIT_FIELDS, toChanges } from './limit-fields';

interface LimitsDialogProps {
  readonly batch: Batch;
  readonly show: (batch: Batch) => void;
  readonly onClose: () => void;
}

export function LimitsDialog({ batch, show, onClose }: LimitsDialogProps) {
  const { api } = useApp();
  const [problem, setProblem] = useState('');
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const given = new FormData(event.currentTarget as HTMLFormElement);
    const changes = toChanges((name) => String(given.get(name) ?? ''));
    try {
      show(await api.patch<Batch>(`/v1/batches/${encodeURIComponent(batch.id)}`, changes));
      onClose();
    } catch (error) {
      setProblem(toText(error));
    }
  };
  return (
    <Dialog title="Limits" onClose={onClose}>
      <form class="fields" onSubmit={submit}>
        {LIMIT_FIELDS.map(({ name, label, hint, step }) => (
          <div key={name} class="field">
            <label for={`limit-${name}`}>{label}</label>
            {step === null ? (
              <input id={`limit-${name}`} name={name} type="text" />
            ) : (
              <input id={`limit-${name}`} name={name} type="number" min="0" step={step} />
            )}
            <small class="hint">{hint}</small>
          </div>
        ))}
        <p class="hint">An empty field changes nothing.</p>
        {problem !== '' && (
          <p class="action-problem" role="alert">
            {problem}
          </p>
        )}
        <div class="dialog-actions">
          <button class="button" type="button" onClick={onClose}>
            Close
          </button>
          <button class="button primary" type="submit">
            Change
          </button>
        </div>
      </form>
    </Dialog>
  );
}
