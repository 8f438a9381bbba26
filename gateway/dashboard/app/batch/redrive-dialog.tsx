/** Runs items of an ended batch again: first it shows what would be run and paid. */
import { useEffect, useState } from 'preact/hooks';
import type { Redrive } from '../api/types';
import { formatCounted } from '../format/numbers';
import { toText } from '../parts/action-button';
import { Dialog } from '../parts/dialog';
import { useApp } from '../state/app-context';
import type { RedriveScope } from './batch-page-dialogs';

interface RedriveDialogProps {
  readonly id: string;
  readonly scope: RedriveScope;
  readonly onClose: () => void;
  readonly onStarted: () => void;
}

export function RedriveDialog({ id, scope: { code }, onClose, onStarted }: RedriveDialogProps) {
  const { api } = useApp();
  const [allowUnknown, setAllowUnknown] = useState(false);
  const [plan, setPlan] = useState<Redrive | null>(null);
  const [problem, setProblem] = useState('');
  const [isBusy, setBusy] = useState(false);
  const send = (dryRun: boolean) =>
    api.post<Redrive>(`/v1/batches/${encodeURIComponent(id)}/redrive`, {
      dryRun,
      allowUnknown,
      ...(code === null ? {} : { codes: [code] }),
    });
  useEffect(() => {
    let isCurrent = true;
    send(true).then(
      (found) => isCurrent && setPlan(found),
      (error: unknown) => isCurrent && setProblem(toText(error)),
    );
    return () => {
      isCurrent = false;
    };
  }, [id, code, allowUnknown]);
  const start = async () => {
    setBusy(true);
    try {
      await send(false);
      onStarted();
      onClose();
    } catch (error) {
      setProblem(toText(error));
      setBusy(false);
    }
  };
  const hasUnknown = allowUnknown || (plan?.leftUnknown ?? 0) > 0;
  return (
    <Dialog title={code === null ? 'Run again what did not succeed' : `Run again: ${code}`} onClose={onClose}>
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
        <button class="button" type="button" onClick={onClose}>
          Close
        </button>
        <button
          class="button primary"
          type="button"
          disabled={isBusy || plan === null || plan.selected === 0}
          onClick={() => void start()}
        >
          Run again
        </button>
      </div>
    </Dialog>
  );
}

function Plan({ plan }: { readonly plan: Redrive }) {
  const { selected, submissions, fetched, reused, possiblyPaid, leftUnknown, warnings } = plan;
  return (
    <ul class="plan">
      <li>
        {formatCounted(selected, 'item')} run again, with {formatCounted(submissions, 'paid submission')}.
      </li>
      {fetched > 0 && <li>{formatCounted(fetched, 'job')} that may be charged already are fetched first, for free.</li>}
      {reused > 0 && <li>{formatCounted(reused, 'finished step')} are used again.</li>}
      {possiblyPaid > 0 && <li class="bad">{formatCounted(possiblyPaid, 'item')} may be paid twice.</li>}
      {leftUnknown > 0 && <li>{formatCounted(leftUnknown, 'item')} of unknown outcome are left as they are.</li>}
      {warnings.map((warning) => (
        <li key={warning}>{warning}</li>
      ))}
    </ul>
  );
}
