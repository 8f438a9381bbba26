/** One item: its files in full, what was asked, what was paid, why it failed, and how to run it again. */
import { useEffect, useState } from 'preact/hooks';
import type { Batch, Problem, Result, ResultRequest } from '../api/types';
import { hasEnded } from '../batch/ended';
import { explainCode } from '../format/failures';
import { Dialog } from '../parts/dialog';
import { ErrorNotice } from '../parts/notice';
import { RedrivePlan } from '../parts/redrive-plan';
import { ViewHeading } from '../parts/view-heading';
import { useApp, useMay } from '../state/app-context';
import { type Loaded, useLoaded } from '../state/use-loaded';
import { type Change, ChangeForm } from './change-form';
import { FileView } from './file-view';
import { ItemRuns, SubmissionList } from './item-runs';
import { hasPictures, Inputs, RequestView, ValueList } from './request-view';

interface ItemDialogProps {
  readonly batch: Batch;
  readonly result: Result;
  readonly move: (by: 1 | -1) => void;
  readonly onClose: () => void;
  readonly onRedriven: () => void;
}

/** What the dialog shows: the item, a form that changes it, or what it costs to run it again. */
type View =
  | { readonly kind: 'item' }
  | { readonly kind: 'form'; readonly problem: Problem | null }
  | { readonly kind: 'plan'; readonly change: Change | null };

const ITEM: View = { kind: 'item' };

export function ItemDialog({ batch, result, move, onClose, onRedriven }: ItemDialogProps) {
  const { api } = useApp();
  const { key, outcome } = result;
  const [view, setView] = useState<View>(ITEM);
  // The form stays as it was filled in while its plan is shown.
  const [hasForm, setHasForm] = useState(false);
  useMoveKeys(view.kind === 'item' ? move : null);
  const path = `/v1/batches/${encodeURIComponent(batch.id)}/items/${encodeURIComponent(key)}/request`;
  const request = useLoaded<ResultRequest>(path, (signal) => api.get<ResultRequest>(path, signal));
  const start = () => {
    onRedriven();
    onClose();
  };
  const change = view.kind === 'plan' ? view.change : null;
  const terms = {
    keys: [key],
    ...(change === null ? {} : { changes: [change] }),
    ...(outcome === 'succeeded' ? { outcomes: ['succeeded'] } : {}),
  };
  return (
    <Dialog title={key} onClose={onClose} isWide>
      {view.kind === 'item' && (
        <>
          <ItemView result={result} request={request} />
          <Actions
            result={result}
            isOver={hasEnded(batch)}
            hasRequest={request.data !== null}
            runAgain={() => setView({ kind: 'plan', change: null })}
            change={() => {
              setHasForm(true);
              setView({ kind: 'form', problem: null });
            }}
            onClose={onClose}
          />
        </>
      )}
      {hasForm && request.data !== null && (
        <div hidden={view.kind !== 'form'}>
          <ViewHeading isShown={view.kind === 'form'}>Run again with changes</ViewHeading>
          <ChangeForm
            request={request.data}
            problem={view.kind === 'form' ? view.problem : null}
            onChange={(made) => setView({ kind: 'plan', change: made })}
            onBack={() => setView(ITEM)}
          />
        </div>
      )}
      {view.kind === 'plan' && (
        <section aria-label="What is paid">
          <ViewHeading isShown>Run again</ViewHeading>
          <p>{describePayment(result)}</p>
          {change !== null && <ValueList values={toChangeList(change)} />}
          <RedrivePlan
            id={batch.id}
            terms={terms}
            onStarted={start}
            {...(change === null ? {} : { onRefused: (problem: Problem) => setView({ kind: 'form', problem }) })}
          >
            <button
              class="button"
              type="button"
              onClick={() => setView(change === null ? ITEM : { kind: 'form', problem: null })}
            >
              Back
            </button>
          </RedrivePlan>
        </section>
      )}
    </Dialog>
  );
}

/** What a rerun means for money, before its plan is known. */
function describePayment({ outcome }: Result): string {
  if (outcome === 'succeeded')
    return 'This item has its result, which was paid. Another one is paid again, and takes its place.';
  if (outcome === 'unknown')
    return 'This item may have been paid already. If its job cannot be fetched, it is run again only if you allow it.';
  return 'This item did not succeed. A job that may be charged already is fetched before another one is paid.';
}

function toChangeList({ step, fields }: Change): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      step === undefined ? name : `${step}.${name}`,
      value === null ? '(removed)' : value,
    ]),
  );
}

interface ItemViewProps {
  readonly result: Result;
  readonly request: Loaded<ResultRequest>;
}

function ItemView({ result, request: { data: request, error } }: ItemViewProps) {
  const { key, outcome, code, message, files, values = {}, submissions } = result;
  const explained = code === null ? null : explainCode(code);
  const shown = files.map((file) => <FileView key={file.role} file={file} name={key} />);
  return (
    <>
      <p>
        <span class={`dot fill-${outcome}`} aria-hidden="true" />
        <b>{outcome}</b> {code !== null && <code>{code}</code>}
      </p>
      {explained !== null && (
        <p>
          {explained.meaning} <span class="hint">{explained.remedy}</span>
        </p>
      )}
      {message !== null && message !== explained?.meaning && <p class="hint">{message}</p>}
      {request !== null && hasPictures(request.steps) ? (
        <div class="before-after">
          <div>
            <Inputs steps={request.steps} name={key} />
          </div>
          <div>{shown.length === 0 ? <p class="faint">There is no result.</p> : shown}</div>
        </div>
      ) : (
        shown
      )}
      {error !== null && <ErrorNotice error={error} />}
      {request !== null && <RequestView steps={request.steps} />}
      {Object.keys(values).length > 0 && <h3>Values</h3>}
      <ValueList values={values} />
      <h3>Runs and submissions</h3>
      {request === null ? <SubmissionList submissions={submissions} /> : <ItemRuns runs={request.runs} />}
    </>
  );
}

interface ActionsProps {
  readonly result: Result;
  readonly isOver: boolean;
  readonly hasRequest: boolean;
  readonly runAgain: () => void;
  readonly change: () => void;
  readonly onClose: () => void;
}

function Actions({ result: { outcome }, isOver, hasRequest, runAgain, change, onClose }: ActionsProps) {
  const mayStart = useMay('start');
  const title = isOver ? undefined : 'Possible when the batch has ended';
  return (
    <div class="dialog-actions">
      {mayStart && hasRequest && (
        <button class="button" type="button" disabled={!isOver} title={title} onClick={change}>
          Run again with changes…
        </button>
      )}
      {mayStart && outcome !== 'succeeded' && (
        <button class="button primary" type="button" disabled={!isOver} title={title} onClick={runAgain}>
          Run again…
        </button>
      )}
      <button class="button" type="button" onClick={onClose}>
        Close
      </button>
    </div>
  );
}

/** `j` and `k` move to the next and the previous item, unless a field or a player has the focus. */
function useMoveKeys(move: ((by: 1 | -1) => void) | null): void {
  useEffect(() => {
    const onKey = ({ key, target }: KeyboardEvent) => {
      if (move === null || (target instanceof Element && target.closest('input, textarea, select, video, audio')))
        return;
      if (key === 'j' || key === 'ArrowRight') move(1);
      if (key === 'k' || key === 'ArrowLeft') move(-1);
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [move]);
}
