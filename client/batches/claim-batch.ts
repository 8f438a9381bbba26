/** Takes the id of a batch for its rows. */
import type { Manifest } from '../../activities/store';
import { IdTakenError } from '../../connection/errors';
import { readServer, refuseOtherServer } from '../../connection/temporal-server';
import { BATCH_TYPE, describeKind } from '../../connection/workflow-kinds';
import type { PictureInputs } from '../../input/pictures/picture-inputs';
import type { Plan } from '../../input/plan';
import { areSame, formatDifferences } from '../../input/row-differences';
import { chooseSample } from '../../input/sample';
import { type BatchOptions, toStartSettings } from '../../workflows/domain/batch/batch-options';
import type { StoreReference } from '../../workflows/domain/item/item';
import { listSteps } from '../../workflows/domain/item/row-steps';
import { findEarlierRun } from '../items/earlier-run';
import type { OpenStore } from '../open-store';
import type { BatchContext } from './batch-context';
import type { RowSpool } from './batch-manifest';
import { referToStoreOfWorkers, type StoreCheck } from './check-store';
import { refuseIfForgotten } from './refuse-if-forgotten';
import { findDifferences } from './row-differences';

export interface BatchStart extends StoreCheck {
  /** The plan of rows that may start. */
  readonly plan: Plan;
  /** Holds the rows of the plan. */
  readonly spool: RowSpool;
  /** The files that the rows name. Default: none. */
  readonly inputs?: PictureInputs | undefined;
  readonly store: Pick<OpenStore, 'address' | 'batches' | 'identity' | 'inputs'>;
  readonly options: BatchOptions;
  /** Number of items to start; the others follow with a later start. Default: all. */
  readonly sample?: number | undefined;
  /** As in `StartTermsOfBatch`. */
  readonly startAt?: string | undefined;
  /** Receives the number of submissions before something new is written or started. An error starts nothing. */
  readonly confirm?: ((submissions: number) => Promise<void>) | undefined;
  /** The batch's id. Default: a hash of the rows. */
  readonly id: string | undefined;
  /** Start even if its manifest names another Temporal server. Default false. */
  readonly movedServer?: boolean;
}

/** A batch whose id belongs to its rows, which are in the store. */
export interface ClaimedBatch {
  readonly manifest: Manifest;
  /** Whether it was claimed by this call. */
  readonly isNew: boolean;
  readonly reference: StoreReference;
}

/**
 * Writes the rows to the store under the id, or finds those of the same batch.
 *
 * @throws IdTakenError, BatchRefusedError, OtherStoreError as `startBatch`
 */
export async function claimBatch(client: BatchContext, start: BatchStart): Promise<ClaimedBatch> {
  const { plan, spool, store, id } = start;
  const { batches } = store;
  const batchId = toBatchId(id, plan);
  // Asked before anything is written: rows of a batch that is refused would be run by a redrive.
  const found = await findEarlierRun(client.temporal, batchId);
  if (found !== null && found.type !== BATCH_TYPE)
    throw new IdTakenError(batchId, describeKind(found.type), 'is the id of');
  const reference = await referToStoreOfWorkers(client, batchId, store, { ...start, isFound: found !== null });
  const known = await batches.readManifest(batchId);
  const manifest = known ?? (await takeId(client, batchId, start));
  await refuseOtherServer(client.temporal, manifest, start.movedServer);
  if (manifest.sha256 !== plan.contentSha256) await refuseOtherRows(manifest, start);
  // The store has the rows now. The caller may follow the batch for days.
  await spool.close();
  if (known !== null && known.sampled === undefined) await refuseIfForgotten(client.temporal, batches, known);
  return { manifest, isNew: known === null, reference };
}

/** Number of rows that were left out. */
export function countSkipped({ invalid, dropped }: Plan): number {
  return invalid + dropped;
}

/** The id that was given, or one of the rows. */
function toBatchId(id: string | undefined, { contentSha256 }: Plan): string {
  return id ?? `batch-${contentSha256.slice(0, 24)}`;
}

/** Returns the manifest of the first process that took the id. */
async function takeId(
  client: BatchContext,
  batchId: string,
  { plan, spool, inputs, store, options, sample, confirm }: BatchStart,
): Promise<Manifest> {
  const { batches } = store;
  // The store keeps no address of a receiver, which may contain a secret.
  const { budget, notify: _notify, notifyFailures: _failures, ...settings } = toStartSettings(options);
  await confirm?.(sample === undefined ? plan.submissions : await countSubmissions(spool, sample, plan.valid));
  const server = await readServer(client.temporal);
  await inputs?.keepUsed(store.inputs);
  const run = await spool.writeTo(batches, batchId, 0);
  return batches.createManifest({
    batchId,
    ...run,
    sha256: plan.contentSha256,
    // A budget is for one run; everything else holds for redrives too.
    settings,
    server,
    ...(sample === undefined ? {} : { sampled: { budget, skipped: countSkipped(plan) } }),
    createdAt: new Date().toISOString(),
  });
}

/** @throws IdTakenError */
async function refuseOtherRows(manifest: Manifest, { store: { batches }, spool }: BatchStart): Promise<void> {
  const differences = await findDifferences(batches, manifest, spool);
  if (areSame(differences)) return;
  throw new IdTakenError(manifest.batchId, `other rows: ${formatDifferences(differences)}`);
}

/** Number of submissions of a sample of rows, if nothing is retried. */
async function countSubmissions(spool: RowSpool, sample: number, rows: number): Promise<number> {
  const chosen = chooseSample(sample, rows);
  let [index, submissions] = [0, 0];
  for await (const row of spool.all()) {
    if (chosen.has(index)) submissions += listSteps(row).length;
    index += 1;
  }
  return submissions;
}
