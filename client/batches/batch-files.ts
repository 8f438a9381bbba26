/** The files of the items of a batch. */
import type { Manifest } from '../../activities/store';
import { InvalidRequestError } from '../../connection/errors';
import { batchItemsFolder } from '../../workflows/domain/batch/batch-ids';
import { findFile } from '../../workflows/domain/item/made-files';
import type { ResultLine } from '../../workflows/domain/item/result-row';
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
  { key, ...options }: WantedFile,
  ask: AskActivity,
): Promise<ResultFile> {
  const found = await context.openRows().find(manifest, key, ask);
  if (found === null) {
    const problem = `is ${JSON.stringify(key)}, which no item of the batch has`;
    throw new InvalidRequestError([{ field: 'key', problem }]);
  }
  const item = toDownloadable(found.line);
  const name = `item ${JSON.stringify(key)} of the batch ${JSON.stringify(manifest.batchId)}`;
  const file = pickFile({ ...item, name }, options);
  return toResultFile(context.openStore(), batchItemsFolder(manifest.batchId), key, file);
}

function toDownloadable(line: ResultLine | null) {
  return line === null ? { files: [], state: 'running' as const, code: null } : { ...line, state: line.outcome };
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
