/** Buttons that control the batch. */
import type { Batch } from '../api/types';
import { ActionButton } from '../parts/action-button';
import { useApp, useMay } from '../state/app-context';
import type { OpenDialog } from './batch-page-dialogs';
import { hasEnded } from './ended';

interface BatchControlsProps {
  readonly batch: Batch;
  readonly show: (batch: Batch) => void;
  readonly open: (dialog: OpenDialog) => void;
}

const CANCEL = 'Jobs in flight are collected; nothing more is submitted. Cancel the batch?';

export function BatchControls({ batch, show, open }: BatchControlsProps) {
  const { api } = useApp();
  const [mayOperate, mayStart] = [useMay('operate'), useMay('start')];
  const isOver = hasEnded(batch);
  const send = (control: string) => async () =>
    show(await api.post<Batch>(`/v1/batches/${encodeURIComponent(batch.id)}/${control}`));
  const { failed, cancelled, unknown } = batch.counts;
  const hasOthers = failed + cancelled + unknown > 0;
  return (
    <fieldset class="controls">
      <legend class="hidden">Controls</legend>
      {mayOperate && !isOver && batch.state !== 'paused' && <ActionButton label="Pause" act={send('pause')} />}
      {mayOperate && !isOver && batch.state === 'paused' && (
        <ActionButton label="Resume" tone="primary" act={send('resume')} />
      )}
      {mayOperate && !isOver && (
        <button class="button" type="button" onClick={() => open({ kind: 'limits' })}>
          Limits
        </button>
      )}
      {mayOperate && !isOver && <ActionButton label="Cancel" tone="danger" confirm={CANCEL} act={send('cancel')} />}
      {mayStart && isOver && hasOthers && (
        <button class="button primary" type="button" onClick={() => open({ kind: 'redrive', scope: { code: null } })}>
          Run again what did not succeed
        </button>
      )}
    </fieldset>
  );
}
