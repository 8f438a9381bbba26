/** Runs items again: first it shows what would be run and paid, and asks before anything may be paid twice. */
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { ApiError } from '../api/client';
import type { Problem, Redrive } from '../api/types';
import { formatCounted } from '../format/numbers';
import { useApp } from '../state/app-context';
import { toText } from './action-button';

interface RedrivePlanProps {
  /** Of the batch. */
  readonly id: string;
  /** What is selected and changed, as the API takes it. */
  readonly terms: object;
  readonly onStarted: () => void;
  /** Called with the problem of a request that the API refuses. Default: it is shown. */
  readonly onRefused?: (problem: Problem) => void;
  /** Further buttons. */
  readonly children: ComponentChildren;
}

export function RedrivePlan({ id, terms, onStarted, onRefused, children }: RedrivePlanProps) {
  const { api } = useApp();
  const [allowUnknown, setAllowUnknown] = useState(false);
  const [plan, setPlan] = useState<Redrive | null>(null);
  const [problem, setProblem] = useState('');
  const [isBusy, setBusy] = useState(false);
  const send = (dryRun: boolean) =>
    api.post<Redrive>(`/v1/batches/${encodeURIComponent(id)}/redrive`, { ...terms, dryRun, allowUnknown });
  const explain = (error: unknown) => {
    if (onRefused !== undefined && error instanceof ApiError && error.problem.errors !== undefined)
      onRefused(error.problem);
    else setProblem(toText(error));
  };
  useEffect(() => {
    let isCurrent = true;
    send(true).then(
      (found) => isCurrent && setPlan(found),
      (error: unknown) => isCurrent && explain(error),
    );
    return () => {
      isCurrent = false;
    };
  }, [id, JSON.stringify(terms), allowUnknown]);
  const start = async () => {
    setBusy(true);
    try {
      await send(false);
      onStarted();
    } catch (error) {
      explain(error);
      setBusy(false);
    }
  };
  const hasUnknown = allowUnknown || (plan?.leftUnknown ?? 0) > 0;
  return (
    <>
      {plan === null && problem === '' && <p role="status">Selecting the items…</p>}
      {plan !== null && <Plan plan={plan} />}
      {hasUnknown && (
        <label class="check">
          <input
            type="checkbox"
            checked={allowUnknown}
            onChange={(event) => setAllowUnknown(event.currentTarget.checked)}
          />
          Also items whose outcome is unknown. Each of them may be paid twice.
        </label>
      )}
      {problem !== '' && (
        <p class="action-problem" role="alert">
          {problem}
        </p>
      )}
      <div class="dialog-actions">
        {children}
        <button
          class="button primary"
          type="button"
          disabled={isBusy || plan === null || plan.selected === 0}
          onClick={() => void start()}
        >
          Run again
        </button>
      </div>
    </>
  );
}

function Plan({ plan }: { readonly plan: Redrive }) {
  const { selected, submissions, fetched, reused, possiblyPaid, leftUnknown, warnings, repaid = {} } = plan;
  const paidAgain = Object.values(repaid).reduce((sum, count) => sum + count, 0);
  return (
    <ul class="plan">
      <li>
        {formatCounted(selected, 'item')} run again, with {formatCounted(submissions, 'paid submission')}.
      </li>
      {fetched > 0 && <li>{formatCounted(fetched, 'job')} that may be charged already are fetched first, for free.</li>}
      {reused > 0 && <li>{formatCounted(reused, 'finished step')} are used again.</li>}
      {paidAgain > 0 && <li>{formatCounted(paidAgain, 'finished step')} are run and paid again.</li>}
      {possiblyPaid > 0 && <li class="bad">{formatCounted(possiblyPaid, 'item')} may be paid twice.</li>}
      {leftUnknown > 0 && <li>{formatCounted(leftUnknown, 'item')} of unknown outcome are left as they are.</li>}
      {warnings.map((warning) => (
        <li key={warning}>{warning}</li>
      ))}
    </ul>
  );
}
