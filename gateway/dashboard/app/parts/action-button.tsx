/** A button that sends a request, and shows why it failed. */
import { useState } from 'preact/hooks';
import { ApiError } from '../api/client';

interface ActionButtonProps {
  readonly label: string;
  readonly act: () => Promise<void>;
  readonly tone?: 'primary' | 'danger' | 'plain';
  /** Why it cannot be used now; absent: it can. */
  readonly blocked?: string | undefined;
  /** A question that must be confirmed first. */
  readonly confirm?: string;
}

export function ActionButton({ label, act, tone = 'plain', blocked, confirm }: ActionButtonProps) {
  const [isBusy, setBusy] = useState(false);
  const [isAsking, setAsking] = useState(false);
  const [problem, setProblem] = useState('');
  const run = async () => {
    setAsking(false);
    setBusy(true);
    setProblem('');
    await act().catch((error: unknown) => setProblem(toText(error)));
    setBusy(false);
  };
  if (isAsking) {
    return (
      <span class="action">
        <span>{confirm}</span>
        <button class="button danger" type="button" onClick={() => void run()} autofocus>
          {label}
        </button>
        <button class="button" type="button" onClick={() => setAsking(false)}>
          No
        </button>
      </span>
    );
  }
  const press = () => (confirm === undefined ? void run() : setAsking(true));
  return (
    <span class="action">
      <button
        class={`button ${tone}`}
        type="button"
        disabled={isBusy || blocked !== undefined}
        title={blocked}
        onClick={press}
      >
        {label}
      </button>
      {problem !== '' && (
        <span class="action-problem" role="alert">
          {problem}
        </span>
      )}
    </span>
  );
}

/** Why a request failed, in one sentence or two. */
export function toText(error: unknown): string {
  if (!(error instanceof ApiError)) return 'The gateway does not answer.';
  const { detail, remedy, errors = [] } = error.problem;
  const fields = errors.map(({ field = '', problem }) => `${field} ${problem}`).join('; ');
  // The remedy of an answer with fields names its JSON.
  return fields === '' ? `${detail}. ${remedy}` : `${fields}.`;
}
