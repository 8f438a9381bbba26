/** Why the batch does not run, with the button that helps. */
import type { Account, Batch } from '../api/types';
import type { Reason } from '../format/reasons';
import { ActionButton } from '../parts/action-button';
import { Notice } from '../parts/notice';
import { useApp, useMay } from '../state/app-context';

interface ReasonNoticeProps {
  readonly batch: Batch;
  readonly reason: Reason;
  readonly show: (batch: Batch) => void;
  readonly openLimits: () => void;
}

export function ReasonNotice({ batch, reason, show, openLimits }: ReasonNoticeProps) {
  const { api, session } = useApp();
  const mayOperate = useMay('operate');
  const path = `/v1/batches/${encodeURIComponent(batch.id)}`;
  const resume = async () => show(await api.post<Batch>(`${path}/resume`));
  const resumeAccount = async () => void (await api.post<Account>('/v1/account/resume'));
  return (
    <Notice tone="warning" title={reason.text}>
      {reason.remedy !== '' && <p>{reason.remedy}</p>}
      {mayOperate && reason.help === 'resume' && <ActionButton label="Resume" tone="primary" act={resume} />}
      {mayOperate && reason.help === 'resume-account' && session.prefix === '' && (
        <ActionButton label="Resume the account" tone="primary" act={resumeAccount} />
      )}
      {mayOperate && reason.help === 'limits' && (
        <button class="button primary" type="button" onClick={openLimits}>
          Change the budget
        </button>
      )}
    </Notice>
  );
}
