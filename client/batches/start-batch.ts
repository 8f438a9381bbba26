/** Starts a batch from a plan: writes the manifest to the store, then starts the workflow. */
import { getPlannedRun, type Manifest } from '../../activities/store';
import type { PictureInputs } from '../../input/pictures/picture-inputs';
import type { Plan } from '../../input/plan';
import { areSame, formatDifferences } from '../../input/row-differences';
import type { StoredBatch } from '../../workflows/batch/batch-child';
import type { BatchSettings } from '../../workflows/domain/batch/batch-settings';
import type { BatchInput } from '../../workflows/messages';
import { IdTakenError } from '../errors';
import { findEarlierRun } from '../items/earlier-run';
import type { OpenStore } from '../open-store';
import { readServer, refuseOtherServer } from '../temporal/temporal-server';
import { BATCH_TYPE, describeKind } from '../temporal/workflow-kinds';
import type { BatchContext, StartedBatch } from './batch-context';
import type { RowSpool } from './batch-manifest';
import { referToStoreOfWorkers, type StoreCheck } from './check-store';
import { refuseIfForgotten } from './refuse-if-forgotten';
import { findDifferences } from './row-differences';

/** The settings of a batch beside its rows. */
export interface BatchStartSettings extends Omit<BatchInput, 'parts' | 'rowsHash' | 'skipped' | 'store'> {}

export interface BatchStart extends StoreCheck {
  /** The plan of rows that may start. */
  readonly plan: Plan;
  /** Holds the rows of the plan. */
  readonly spool: RowSpool;
  /** The files that the rows name. Default: none. */
  readonly inputs?: PictureInputs | undefined;
  readonly store: Pick<OpenStore, 'address' | 'batches' | 'identity' | 'inputs'>;
  readonly settings: BatchStartSettings;
  /** The batch's id. Default: a hash of the rows. */
  readonly id: string | undefined;
  /** Start even if its manifest names another Temporal server. Default false. */
  readonly movedServer?: boolean;
}

/**
 * Starts the batch, or finds the one that was started with the same id and the same rows. Of two processes that start the
 * same id at the same time, one claims it; the other finds that batch, or gets an error that names the differing rows.
 *
 * @throws IdTakenError if the id was used for other rows or for a single item; nothing was started or written
 * @throws BatchRefusedError if it belongs to another Temporal server, or if the store has outcomes of it that Temporal no
 *   longer knows
 * @throws OtherStoreError if the workers use another store
 * @throws InvalidRequestError with every problem of the settings
 */
export async function startBatch(client: BatchContext, start: BatchStart): Promise<StartedBatch> {
  const { id, input, manifestHash } = await storeBatch(client, start);
  return client.startPlanned(id, input, manifestHash);
}

/**
 * As `startBatch`, up to the start itself: the rows are in the store, and a workflow may run them.
 *
 * @throws IdTakenError, BatchRefusedError as `startBatch`
 */
export async function storeBatch(client: BatchContext, start: BatchStart): Promise<StoredBatch> {
  const { plan, spool, store, settings, id } = start;
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
  if (known !== null) await refuseIfForgotten(client.temporal, batches, known);
  const input = {
    ...settings,
    ...getPlannedRun(manifest),
    store: reference,
    skipped: plan.invalid + plan.dropped,
  };
  return { id: batchId, input, manifestHash: manifest.sha256 };
}

/** The id that was given, or one of the rows. */
export function toBatchId(id: string | undefined, { contentSha256 }: Plan): string {
  return id ?? `batch-${contentSha256.slice(0, 24)}`;
}

/** Returns the manifest of the first process that took the id. */
async function takeId(
  client: BatchContext,
  batchId: string,
  { plan, spool, inputs, store, settings }: BatchStart,
): Promise<Manifest> {
  const { batches } = store;
  const server = await readServer(client.temporal);
  await inputs?.keepUsed(store.inputs);
  const run = await spool.writeTo(batches, batchId, 0);
  return batches.createManifest({
    batchId,
    ...run,
    sha256: plan.contentSha256,
    settings: withoutBudget(settings),
    server,
    createdAt: new Date().toISOString(),
  });
}

/** @throws IdTakenError */
async function refuseOtherRows(manifest: Manifest, { store: { batches }, spool }: BatchStart): Promise<void> {
  const differences = await findDifferences(batches, manifest, spool);
  if (areSame(differences)) return;
  throw new IdTakenError(manifest.batchId, `other rows: ${formatDifferences(differences)}`);
}

/** A budget is for one run; everything else holds for redrives too. */
function withoutBudget({ budget: _budget, ...settings }: BatchStartSettings): BatchSettings {
  return settings;
}
