/** Starts a batch from files with rows, or from pictures, after a look at its plan. */
import { useMemo, useState } from 'preact/hooks';
import { getOperationRow, isOperationName } from '../../../../workflows/domain/operations/operations';
import type { BatchPlan, StartedBatch } from '../api/types';
import { formatCounted } from '../format/numbers';
import { type FileProblem, findPictureField, PICTURE_OPERATIONS } from '../format/picture-rows';
import { toPath } from '../format/route';
import { type StartFields, toPlanQuery, toStartQuery } from '../format/start-files';
import { ActionButton } from '../parts/action-button';
import { Notice } from '../parts/notice';
import { OperationChoice } from '../parts/operation-choice';
import { OperationForm } from '../parts/operation-form';
import { useApp, useMay } from '../state/app-context';
import { useKeys } from '../state/use-keys';
import { navigate } from '../state/use-route';
import { FileDrop } from './file-drop';
import { PlanView } from './plan-view';
import { PriceFields } from './price-fields';
import { isPictures, type PictureTerms, toUpload } from './to-upload';
import { usePlan } from './use-plan';

/** The only one that needs nothing but a picture and is likely. */
const FIRST_OPERATION = 'background/remove/image';

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
  const [terms, setTerms] = useState<PictureTerms>({ operation: FIRST_OPERATION, values: new Map() });
  const [uploaded, setUploaded] = useState<number | null>(null);
  const upload = useMemo(() => toUpload(files, terms, session.maxUploadBytes), [files, terms, session]);
  const planned = usePlan(upload.form, toPlanQuery(fields).toString());
  const { plan, isBusy } = planned;
  const change = (changed: Partial<StartFields>) => setFields({ ...fields, ...changed });
  const start = async () => {
    if (upload.form === null) return;
    const path = `/v1/batches?${toStartQuery(fields)}`;
    const started = api.upload<StartedBatch>(path, upload.form, { onProgress: setUploaded });
    const { id } = await started.finally(() => setUploaded(null));
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
      {isPictures(files) && <PictureForm terms={terms} onTerms={setTerms} />}
      <StartTerms fields={fields} plan={plan} change={change} />
      <FileProblems problems={upload.problems} />
      {planned.problem !== '' && (
        <p class="action-problem" role="alert">
          {planned.problem}
        </p>
      )}
      <div aria-live="polite" aria-busy={isBusy}>
        {isBusy && plan === null && <p class="loading">Checking the rows…</p>}
        {plan !== null && <PlanView plan={plan} pictures={upload.pictures} />}
      </div>
      {isBusy && upload.pictures !== null && <Uploading sent={planned.uploaded} />}
      {uploaded !== null && <Uploading sent={uploaded} />}
      {plan !== null && !plan.mayStart && <p class="hint">It can be started when the files have no problems.</p>}
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

interface PictureFormProps {
  readonly terms: PictureTerms;
  readonly onTerms: (terms: PictureTerms) => void;
}

/** What is done with pictures that were dropped without rows. */
function PictureForm({ terms, onTerms }: PictureFormProps) {
  const { operation, values } = terms;
  const field = findPictureField(operation);
  return (
    <section class="panel" aria-label="What is done with the pictures">
      <OperationChoice
        operation={operation}
        choices={PICTURE_OPERATIONS}
        onOperation={(chosen) => isOperationName(chosen) && onTerms({ ...terms, operation: chosen })}
        hint={`${getOperationRow(operation).about}; for each picture, which is its ${field}`}
      />
      <OperationForm
        operation={operation}
        values={values}
        onValues={(changed) => onTerms({ ...terms, values: changed })}
        omitted={field === null ? [] : [field]}
      />
    </section>
  );
}

interface StartTermsProps {
  readonly fields: StartFields;
  readonly plan: BatchPlan | null;
  readonly change: (changed: Partial<StartFields>) => void;
}

function StartTerms({ fields, plan, change }: StartTermsProps) {
  return (
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
  );
}

function FileProblems({ problems }: { readonly problems: readonly FileProblem[] }) {
  if (problems.length === 0) return null;
  return (
    <div class="action-problem" role="alert">
      <ul>
        {problems.map(({ file, problem }) => (
          <li key={`${file} ${problem}`}>
            {file !== '' && <b>{file} </b>}
            {problem}
          </li>
        ))}
      </ul>
    </div>
  );
}

/** @param sent from 0 to 1 */
function Uploading({ sent }: { readonly sent: number }) {
  return (
    <label class="uploading">
      {sent < 1 ? 'Uploading' : 'Checking the files'} <progress value={sent} max={1} />
    </label>
  );
}
