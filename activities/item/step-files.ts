/** Files of earlier steps as inputs of a request: they are uploaded as files in the store are, by their content. */
import path from 'node:path';
import { getOwn } from '../../workflows/domain/base/own-value';
import type { RequestFields, RowReference, StepFile, StepSource } from '../../workflows/domain/item/item';
import type { OperationName } from '../../workflows/domain/operations/operations';
import { replaceStepReferences, type StepReference } from '../../workflows/domain/operations/step-reference';
import {
  INPUT_TYPES,
  isInputExtension,
  type StoredInput,
  toStoredValue,
} from '../../workflows/domain/operations/stored-input';
import { type KeptFile, keptFileAt, NotInStore, type ResultStore, toFileName } from '../store/result-store';
import { hasSha256 } from '../store/sha-256';

/** A request that refers to files of earlier steps. */
export interface StepRequest {
  readonly key: string;
  readonly operation: OperationName;
  readonly step?: StepSource;
  readonly row?: RowReference;
}

/** A file of an earlier step cannot be the input. The message names the step, and no address. */
export class UnusableStepFile extends Error {
  override readonly name = 'UnusableStepFile';
}

/**
 * The request with the contents of files in the place of references to steps.
 *
 * @throws UnusableStepFile
 */
export function resolveSteps({ operation, step }: StepRequest, request: RequestFields): RequestFields {
  return replaceStepReferences(operation, request, (reference) =>
    toStoredValue(toInput(findFile(step, reference), reference)),
  );
}

function findFile(step: StepSource | undefined, { step: id, role }: StepReference): StepFile {
  const files = getOwn(step?.files ?? {}, id) ?? [];
  const file = role === undefined ? files[0] : files.find((one) => one.role === role);
  if (file !== undefined) return file;
  throw new UnusableStepFile(`The step "${id}" has made no file${role === undefined ? '' : ` "${role}"`}.`);
}

function toInput({ sha256, file }: StepFile, { step }: StepReference): StoredInput {
  const extension = path.extname(file).slice(1);
  if (isInputExtension(extension)) return { sha256, extension };
  const types = Object.keys(INPUT_TYPES).join(', ');
  throw new UnusableStepFile(`The file of the step "${step}" is a ${extension}; an input must be one of ${types}.`);
}

/**
 * The name and the reader of an input: a file of an earlier step, or one in the store. All throw `StoreUnavailable`.
 * `read` returns only the bytes that the SHA-256 names, and throws `UnusableStepFile` for a file of a step that has none.
 */
export function openInput(store: ResultStore, request: StepRequest, input: StoredInput) {
  const { key, step } = request;
  for (const [id, files] of Object.entries(step?.files ?? {})) {
    const found = files.find(({ sha256 }) => sha256 === input.sha256);
    if (found === undefined || step?.folder === undefined) continue;
    const kept = keptFileAt({ folder: step.folder, key }, found.file);
    const name = `The file "${toFileName(kept)}" of the step "${id}"`;
    return {
      read: () => readStepFile(store, request, { kept, name, sha256: input.sha256 }),
      readName: async () => `the file of the step "${id}"`,
    };
  }
  return { read: () => store.inputs.read(input), readName: () => store.inputs.readName(input) };
}

interface NamedStepFile {
  readonly kept: KeptFile;
  /** As the subject of a sentence. */
  readonly name: string;
  readonly sha256: string;
}

async function readStepFile(
  store: ResultStore,
  { key, row }: StepRequest,
  { kept, name, sha256 }: NamedStepFile,
): Promise<Buffer> {
  const bytes = await store.read(kept).catch(async (error: unknown) => {
    if (!(error instanceof NotInStore) || !(await hasItem(store, key, row))) throw error;
    throw new UnusableStepFile(`${name} is not in the store; it was moved or removed.`);
  });
  if (hasSha256(bytes, sha256)) return bytes;
  throw new UnusableStepFile(`${name} was changed in the store: its bytes have another SHA-256.`);
}

/** Whether the store has the data of the item. Where a disk is not mounted, nothing is there, but nothing is lost. */
async function hasItem(store: ResultStore, key: string, row: RowReference | undefined): Promise<boolean> {
  if (row === undefined) return (await store.submissions.read(key)) !== null;
  return (await store.batches.readBegin(row.batchId, row.part)) !== null;
}
