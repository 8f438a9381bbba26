/** One item: its files in full, what was asked, what was paid, and why it failed. */
import { useEffect } from 'preact/hooks';
import type { Batch, Redrive, Result } from '../api/types';
import { hasEnded } from '../batch/ended';
import { explainCode } from '../format/failures';
import { formatValue } from '../format/media';
import { formatSpend } from '../format/numbers';
import { ActionButton } from '../parts/action-button';
import { Dialog } from '../parts/dialog';
import { useApp, useMay } from '../state/app-context';
import { FileView } from './file-view';

interface ItemDialogProps {
  readonly batch: Batch;
  readonly result: Result;
  readonly move: (by: 1 | -1) => void;
  readonly onClose: () => void;
  readonly onRedriven: () => void;
}

export function ItemDialog({ batch, result, move, onClose, onRedriven }: ItemDialogProps) {
  const { api } = useApp();
  const mayStart = useMay('start');
  const { key, outcome, code, message, files, values = {}, submissions } = result;
  useMoveKeys(move);
  const again = async () => {
    await api.post<Redrive>(`/v1/batches/${encodeURIComponent(batch.id)}/redrive`, { keys: [key] });
    onRedriven();
    onClose();
  };
  const explained = code === null ? null : explainCode(code);
  return (
    <Dialog title={key} onClose={onClose} isWide>
      <p>
        <span class={`dot fill-${outcome}`} aria-hidden="true" />
        <b>{outcome}</b> {code !== null && <code>{code}</code>}
      </p>
      {explained !== null && (
        <p>
          {explained.meaning} <span class="hint">{explained.remedy}</span>
        </p>
      )}
      {message !== null && <p class="hint">{message}</p>}
      {files.map((file) => (
        <FileView key={file.role} file={file} name={key} />
      ))}
      {Object.keys(values).length > 0 && (
        <dl class="values">
          {Object.entries(values).map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{formatValue(value)}</dd>
            </div>
          ))}
        </dl>
      )}
      <Submissions submissions={submissions} />
      <div class="dialog-actions">
        {mayStart && outcome !== 'succeeded' && (
          <ActionButton
            label="Run again"
            tone="primary"
            act={again}
            blocked={hasEnded(batch) ? undefined : 'Possible when the batch has ended'}
          />
        )}
        <button class="button" type="button" onClick={onClose}>
          Close
        </button>
      </div>
    </Dialog>
  );
}

/** `j` and `k` move to the next and the previous item. */
function useMoveKeys(move: (by: 1 | -1) => void): void {
  useEffect(() => {
    const onKey = ({ key }: KeyboardEvent) => {
      if (key === 'j' || key === 'ArrowRight') move(1);
      if (key === 'k' || key === 'ArrowLeft') move(-1);
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [move]);
}

function Submissions({ submissions }: Pick<Result, 'submissions'>) {
  if (submissions.length === 0) return null;
  return (
    <table class="plain">
      <thead>
        <tr>
          <th scope="col">Submission</th>
          <th scope="col">Job</th>
          <th scope="col">Code</th>
          <th scope="col" class="number">
            Charged
          </th>
        </tr>
      </thead>
      <tbody>
        {submissions.map(({ step, jobId, code, charge }, index) => (
          <tr key={index}>
            <td>
              {index + 1} {step}
            </td>
            <td>
              <code>{jobId ?? '–'}</code>
            </td>
            <td>{code ?? '–'}</td>
            <td class="number">{charge === undefined ? '–' : formatSpend(charge)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
