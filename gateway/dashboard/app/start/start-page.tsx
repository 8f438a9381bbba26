/** Starts a batch from files, after a look at its plan. */
import { useState } from 'preact/hooks';
import type { StartedBatch } from '../api/types';
import { formatCounted } from '../format/numbers';
import { toPath } from '../format/route';
import { type StartFields, toPlanQuery, toStartQuery } from '../format/start-files';
import { ActionButton } from '../parts/action-button';
import { Notice } from '../parts/notice';
import { useApp, useMay } from '../state/app-context';
import { useKeys } from '../state/use-keys';
import { navigate } from '../state/use-route';
import { FileDrop } from './file-drop';
import { PlanView } from './plan-view';
import { PriceFields } from './price-fields';
import { toForm } from './to-form';
import { usePlan } from './use-plan';

export function StartPage() {
  const mayStart = useMay('start');
  useKeys({ Escape: () => navigate(toPath({ page: 'batches' })) });
  if (!mayStart)
    return <Notice title="This session may not start batches">Sign in with a token of the role start.</Notice>;
  return <StartForm />;
}

function StartForm() {
  const { api, session } = useApp();
  const [files, setFiles] = useState<readonly File[]>([]);
  const [fields, setFields] = useState<StartFields>({ id: session.prefix, concurrency: '', prices: new Map() });
  const { plan, problem, isBusy } = usePlan(files, toPlanQuery(fields).toString());
  const change = (changed: Partial<StartFields>) => setFields({ ...fields, ...changed });
  const start = async () => {
    const { id } = await api.postForm<StartedBatch>(`/v1/batches?${toStartQuery(fields)}`, toForm(files));
    navigate(toPath({ page: 'batch', id }));
  };
  const isReady = plan?.mayStart === true && !isBusy;
  return (
    <article class="start">
      <div class="page-head">
        <h1>Start a batch</h1>
        <a href={toPath({ page: 'start-item' })}>Start a single item</a>
      </div>
      <FileDrop files={files} onFiles={setFiles} />
      <div class="panel start-fields">
        <div class="field">
          <label for="start-id">Id</label>
          <input id="start-id" value={fields.id} onInput={(event) => change({ id: event.currentTarget.value })} />
          <small class="hint">Your name for the batch. Empty: a hash of the rows.</small>
        </div>
        <div class="field">
          <label for="start-jobs">Jobs in flight</label>
          <input
            id="start-jobs"
            type="number"
            min="1"
            step="1"
            value={fields.concurrency}
            onInput={(event) => change({ concurrency: event.currentTarget.value })}
          />
          <small class="hint">Empty: as many as the account allows.</small>
        </div>
        {plan !== null && <PriceFields plan={plan} prices={fields.prices} onPrices={(prices) => change({ prices })} />}
      </div>
      {problem !== '' && (
        <p class="action-problem" role="alert">
          {problem}
        </p>
      )}
      <div aria-live="polite" aria-busy={isBusy}>
        {isBusy && plan === null && <p class="loading">Checking the rows…</p>}
        {plan !== null && <PlanView plan={plan} />}
      </div>
      {plan !== null && (
        <ActionButton
          label={`Start with ${formatCounted(plan.submissions, 'paid submission')}`}
          tone="primary"
          act={start}
          blocked={isReady ? undefined : 'Possible when the files have no problems'}
        />
      )}
    </article>
  );
}
