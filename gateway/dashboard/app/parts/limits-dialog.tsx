/** Changes limits. Fields that stay empty change nothing; "none" removes a limit. */
import { useState } from 'preact/hooks';
import { type LimitField, toChanges } from '../format/limit-fields';
import { toText } from './action-button';
import { Dialog } from './dialog';

interface LimitsDialogProps {
  readonly fields: readonly LimitField[];
  readonly change: (changes: object) => Promise<void>;
  readonly onClose: () => void;
}

export function LimitsDialog({ fields, change, onClose }: LimitsDialogProps) {
  const [problem, setProblem] = useState('');
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const given = new FormData(event.currentTarget as HTMLFormElement);
    try {
      await change(toChanges(fields, (name) => String(given.get(name) ?? '')));
      onClose();
    } catch (error) {
      setProblem(toText(error));
    }
  };
  return (
    <Dialog title="Limits" onClose={onClose}>
      <form class="fields" onSubmit={submit}>
        {fields.map(({ name, label, hint, step, none }) => (
          <div key={name} class="field">
            <label for={`limit-${name}`}>{label}</label>
            {step === null || none !== undefined ? (
              <input
                id={`limit-${name}`}
                name={name}
                type="text"
                inputMode={step === null ? undefined : 'decimal'}
                autocomplete="off"
              />
            ) : (
              <input id={`limit-${name}`} name={name} type="number" min="0" step={step} />
            )}
            <small class="hint">{hint}</small>
          </div>
        ))}
        <p class="hint">An empty field changes nothing; none removes a limit.</p>
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
