/** The files of the items of a batch. */
import { keptFileAt, type Manifest, type StartPlace, toFileName } from '../../activities/store';
import { FileMissingError, InvalidRequestError } from '../../connection/errors';
import { batchItemsFolder } from '../../workflows/domain/batch/batch-ids';
import { MAIN_ROLE, type PlainRow, type StoredFile } from '../../workflows/domain/item/item';
import { findFile } from '../../workflows/domain/item/made-files';
import type { ResultLine } from '../../workflows/domain/item/result-row';
import { type Sidecar, toSidecar } from '../../workflows/domain/item/sidecar';
import { type DownloadOptions, pickFile, type ResultFile, toResultFile } from '../result-file';
import type { BatchContext } from './batch-context';
import type { AskActivity, ResultsOptions } from './follow-results';

/** Selects the files of a batch. */
export interface FilesOptions extends ResultsOptions {
  /** Only the file with this role of each item. Default: all results. */
  readonly role?: string;
}

interface WantedFile extends DownloadOptions {
  readonly key: string;
}

/** An item that has ended. */
interface EndedRow {
  readonly row: PlainRow;
  readonly line: ResultLine;
}

type FileContext = Pick<BatchContext, 'openStore' | 'openRows'>;

/**
 * @param ask called if the item has no outcome
 * @throws InvalidRequestError if the batch has no item with the key
 * @throws FileMissingError if the item has no such file, or not yet
 * @throws StoreUnavailable
 */
export async function findRowFile(
  context: FileContext,
  manifest: Manifest,
  wanted: WantedFile,
  ask: AskActivity,
): Promise<ResultFile> {
  const { file } = await pickRowFile(context, manifest, wanted, ask);
  return toResultFile(context.openStore(), batchItemsFolder(manifest.batchId), wanted.key, file);
}

/** What the sidecar of a file has. @throws as `findRowFile` */
export async function describeRowFile(
  context: FileContext,
  manifest: Manifest,
  wanted: WantedFile,
  ask: AskActivity,
): Promise<Sidecar> {
  const { row, line, file } = await pickRowFile(context, manifest, wanted, ask);
  return toRowSidecar(manifest, { row, line }, file);
}

/** The sidecar of a file of an item of a batch. */
export function toRowSidecar({ batchId, createdAt }: Manifest, item: EndedRow, file: StoredFile): Sidecar {
  const name = toFileName(keptFileAt({ folder: batchItemsFolder(batchId), key: item.line.key }, file.file));
  return toSidecar({ ...item, batch: { id: batchId, createdAt } }, file, name);
}

/** The place behind an item. @throws InvalidRequestError if the batch has no item with the key */
export async function findRowAfter(context: FileContext, manifest: Manifest, key: string): Promise<StartPlace> {
  const start = await context.openRows().findAfter(manifest, key);
  if (start === null) throw unknownKey('after', key);
  return start;
}

function unknownKey(field: string, key: string): InvalidRequestError {
  return new InvalidRequestError([{ field, problem: `is ${JSON.stringify(key)}, which no item of the batch has` }]);
}

async function pickRowFile(
  context: FileContext,
  manifest: Manifest,
  { key, ...options }: WantedFile,
  ask: AskActivity,
): Promise<EndedRow & { readonly file: StoredFile }> {
  const found = await context.openRows().find(manifest, key, ask);
  if (found === null) throw unknownKey('key', key);
  const { row, line } = found;
  const name = `item ${JSON.stringify(key)} of the batch ${JSON.stringify(manifest.batchId)}`;
  if (line === null) throw new FileMissingError({ name, state: 'running', code: null }, options.role ?? MAIN_ROLE, []);
  return { row, line, file: pickFile({ ...line, state: line.outcome, name }, options) };
}

export function* listRowFiles(
  context: FileContext,
  batchId: string,
  row: ResultLine,
  role: string | undefined,
): Generator<ResultFile> {
  const files = role === undefined ? row.files : [findFile(row, role)];
  const folder = batchItemsFolder(batchId);
  for (const file of files) if (file !== null) yield toResultFile(context.openStore(), folder, row.key, file);
}
