/** One batch, live, with its controls. */
import { useState } from 'preact/hooks';
import type { Batch } from '../api/types';
import { BATCH_LIMITS } from '../format/limit-fields';
import { describeReason } from '../format/reasons';
import { toPath } from '../format/route';
import { Gallery } from '../gallery/gallery';
import { LimitsDialog } from '../parts/limits-dialog';
import { Loading, Notice, Offline, ProblemNotice } from '../parts/notice';
import { ProgressBar, ProgressLegend } from '../parts/progress-bar';
import { StateLabel } from '../parts/state-label';
import { Time } from '../parts/time';
import { useApp } from '../state/app-context';
import { useBatch, type WatchedBatch } from '../state/use-batch';
import { useKeys } from '../state/use-keys';
import { navigate } from '../state/use-route';
import { useRuns } from '../state/use-runs';
import { BatchControls } from './batch-controls';
import { BatchFacts } from './batch-facts';
import { BatchLinks } from './batch-links';
import type { OpenDialog } from './batch-page-dialogs';
import { Curves } from './curves';
import { Failures } from './failures';
import { ReasonNotice } from './reason-notice';
import { RedriveDialog } from './redrive-dialog';
import { Runs } from './runs';
import { Steps } from './steps';

export function BatchPage({ id }: { readonly id: string }) {
  const watched = useBatch(id);
  useKeys({ Escape: () => navigate(toPath({ page: 'batches' })) });
  const { batch, problem, isOffline } = watched;
  return (
    <article>
      <div class="page-head">
        <nav class="crumbs" aria-label="Position">
          <a href={toPath({ page: 'batches' })}>Batches</a>
        </nav>
        <h1 class="id">{id}</h1>
        {batch !== null && <StateLabel state={batch.state} />}
      </div>
      {isOffline && <Offline />}
      {problem !== null && <ProblemNotice problem={problem} />}
      {batch === null && problem === null && !isOffline && <Loading what="the batch" />}
      {batch !== null && <KnownBatch batch={batch} watched={watched} />}
    </article>
  );
}

function KnownBatch({ batch, watched }: { readonly batch: Batch; readonly watched: WatchedBatch }) {
  const [dialog, setDialog] = useState<OpenDialog | null>(null);
  const { samples, show, follow } = watched;
  const runs = useRuns(batch);
  const deletedAt = runs?.deletedAt ?? null;
  const isDeleted = deletedAt !== null;
  const reason = describeReason(batch);
  const { api } = useApp();
  const close = () => setDialog(null);
  const change = async (changes: object) =>
    show(await api.patch<Batch>(`/v1/batches/${encodeURIComponent(batch.id)}`, changes));
  return (
    <>
      {deletedAt !== null && <DeletedNotice at={deletedAt} />}
      {reason !== null && (
        <ReasonNotice batch={batch} reason={reason} show={show} openLimits={() => setDialog({ kind: 'limits' })} />
      )}
      <section class="panel progress" aria-label="Progress">
        <ProgressBar counts={batch.counts} />
        <ProgressLegend counts={batch.counts} />
      </section>
      {!isDeleted && <BatchControls batch={batch} show={show} open={setDialog} />}
      <div class="columns">
        <BatchFacts batch={batch} samples={samples} isRunAgain={runs !== null && runs.runs.length > 1} />
        <Curves samples={samples} />
      </div>
      <Steps steps={batch.steps} />
      <Failures batch={batch} redrive={isDeleted ? null : (scope) => setDialog({ kind: 'redrive', scope })} />
      {runs !== null && runs.runs.length > 1 && <Runs runs={runs.runs} />}
      <BatchLinks id={batch.id} isDeleted={isDeleted} />
      {!isDeleted && <Gallery batch={batch} onRedriven={follow} />}
      {dialog?.kind === 'limits' && <LimitsDialog fields={BATCH_LIMITS} change={change} onClose={close} />}
      {dialog?.kind === 'redrive' && (
        <RedriveDialog id={batch.id} scope={dialog.scope} onClose={close} onStarted={follow} />
      )}
    </>
  );
}

function DeletedNotice({ at }: { readonly at: string }) {
  return (
    <Notice tone="warning" title="The results and files of this batch were deleted">
      Its rows, results, pictures and thumbnails were removed from the store on <Time iso={at} />. The counts are those
      that Temporal still has. It cannot be run again under this id.
    </Notice>
  );
}
