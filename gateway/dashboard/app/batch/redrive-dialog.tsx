/** Runs items of an ended batch again. */
import { Dialog } from '../parts/dialog';
import { RedrivePlan } from '../parts/redrive-plan';
import type { RedriveScope } from './batch-page-dialogs';

interface RedriveDialogProps {
  readonly id: string;
  readonly scope: RedriveScope;
  readonly onClose: () => void;
  readonly onStarted: () => void;
}

export function RedriveDialog({ id, scope: { code }, onClose, onStarted }: RedriveDialogProps) {
  const start = () => {
    onStarted();
    onClose();
  };
  return (
    <Dialog title={code === null ? 'Run again what did not succeed' : `Run again: ${code}`} onClose={onClose}>
      <RedrivePlan id={id} terms={code === null ? {} : { codes: [code] }} onStarted={start}>
        <button class="button" type="button" onClick={onClose}>
          Close
        </button>
      </RedrivePlan>
    </Dialog>
  );
}
