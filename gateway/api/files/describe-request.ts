/** The request of an item of a batch, and how it ended in each run of the batch. */
import type { z } from 'zod';
import { type ItemRun, isPlan, type Manifest, type RunOfBatch, readRunsOfBatch } from '../../../activities/store';
import { itemWorkflowId, pageWorkflowId } from '../../../workflows/domain/batch/batch-ids';
import { listChangedFields } from '../../../workflows/domain/item/edited-row';
import type { ItemResultRow, RowStep } from '../../../workflows/domain/item/item';
import { listSteps } from '../../../workflows/domain/item/row-steps';
import { toStepRole } from '../../../workflows/domain/item/step-report';
import { isStepReference, type StepReference } from '../../../workflows/domain/operations/step-reference';
import {
  listStoredInputs,
  mapInputs,
  parseStoredValue,
  type StoredInput,
} from '../../../workflows/domain/operations/stored-input';
import type { requestInputSchema, resultRequestSchema } from '../answers-of-runs';
import type { ApiTools } from '../tools';
import { toFilePath, toInputPath, toRowPath } from './file-links';
import { toPlainAddress } from './plain-address';

type RequestTools = Pick<ApiTools, 'store' | 'rows'>;
type ResultRequest = z.output<typeof resultRequestSchema>;
type DescribedInput = z.output<typeof requestInputSchema>;

/** @param showsNames whether the caller may see the names of stored files, which others may have given */
export async function describeRequest(
  tools: RequestTools,
  manifest: Manifest,
  key: string,
  showsNames: boolean,
): Promise<ResultRequest | null> {
  const { store } = tools;
  const all = await tools.rows.readRuns(manifest, key);
  const last = all.at(-1);
  if (last === undefined) return null;
  // Planned rows of a sampled batch are run by later runs.
  const begun = all.filter(({ part }) => !isPlan(manifest, part));
  const runs = await readRunsOfBatch(store.batches, manifest, { countsOutcomes: false });
  const newest = begun.flatMap(({ runs: { lines } }) => lines).at(-1) ?? null;
  const path = toRowPath(manifest.batchId, key);
  const steps = listSteps(last.runs.row).map(async (step) => {
    const found: Promise<DescribedInput>[] = [];
    mapInputs(step.operation, step.request, (value, { field, media }) => {
      found.push(
        describeInput(value, { store, path, newest, showsNames }).then((known) => ({ field, media, ...known })),
      );
      return value;
    });
    return { ...step, request: hideSecrets(step), inputs: await Promise.all(found) };
  });
  const [values = {}] = all
    .flatMap(({ runs: one }) => (one.row.values === undefined ? [] : [one.row.values]))
    .slice(-1);
  return {
    key,
    steps: await Promise.all(steps),
    values,
    runs: begun.map((run, index) =>
      describeRun(run, all[all.indexOf(run) - 1] ?? begun[index - 1], { runs, manifest }),
    ),
  };
}

interface InputContext {
  readonly store: RequestTools['store'];
  /** Path of the item. */
  readonly path: string;
  /** How it ended last. */
  readonly newest: ItemResultRow | null;
  readonly showsNames: boolean;
}

async function describeInput(
  value: unknown,
  { store, path, newest, showsNames }: InputContext,
): Promise<Pick<DescribedInput, 'kind' | 'file' | 'name'>> {
  if (isStepReference(value)) return describeStepInput(value, path, newest);
  const text = String(value);
  const stored = parseStoredValue(text);
  if (stored === null) return { kind: 'address', file: null, name: toPlainAddress(text) };
  const isThere = await store.inputs.has(stored);
  const name = showsNames ? await store.inputs.readName(stored) : null;
  return { kind: 'stored', file: isThere ? toInputPath(path, stored.sha256) : null, name };
}

function describeStepInput(
  { step, role }: StepReference,
  path: string,
  newest: ItemResultRow | null,
): Pick<DescribedInput, 'kind' | 'file' | 'name'> {
  const files = newest?.steps?.find(({ id }) => id === step)?.files ?? [];
  const made = role === undefined ? files[0] : files.find((file) => file.role === role);
  const name = toStepRole(step, role ?? made?.role ?? 'result');
  return { kind: 'step', file: made === undefined ? null : toFilePath(path, name), name };
}

function hideSecrets({ operation, request }: Omit<RowStep, 'id'>): RowStep['request'] {
  return mapInputs(operation, request, (value) => (typeof value === 'string' ? toPlainAddress(value) : value));
}

interface RunContext {
  readonly runs: readonly RunOfBatch[];
  readonly manifest: Manifest;
}

function describeRun(
  { part, runs: { row, lines } }: ItemRun,
  before: ItemRun | undefined,
  { runs, manifest: { batchId, createdAt, settings } }: RunContext,
): ResultRequest['runs'][number] {
  const index = runs.filter(({ firstPart }) => firstPart <= part).length - 1;
  const { outcome = null, code = null, message = null, submissions = [] } = lines.at(-1) ?? {};
  return {
    number: index + 1,
    startedAt: runs[index]?.startedAt ?? createdAt,
    changed: before === undefined ? [] : listChangedFields(before.runs.row, row),
    outcome,
    ...{ code, message, submissions },
    workflowId: settings.workflowPerImage === true ? itemWorkflowId(batchId, row.key) : pageWorkflowId(batchId, part),
  };
}

/** Finds an input that a run of the item has, by its content; `null` if none has it. */
export async function findInput(
  tools: Pick<RequestTools, 'rows'>,
  manifest: Manifest,
  key: string,
  sha256: string,
): Promise<StoredInput | null> {
  const rows = (await tools.rows.readRuns(manifest, key)).map(({ runs }) => runs.row);
  const all = rows.flatMap(listSteps).flatMap(({ operation, request }) => listStoredInputs(operation, request));
  return all.find((input) => input.sha256 === sha256) ?? null;
}
