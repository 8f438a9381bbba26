/** Copies the files of results out of the store. */
import { createHash } from 'node:crypto';
import path from 'node:path';
import {
  DamagedFileError,
  type KeptFile,
  keptFileAt,
  NotInStore,
  OutputFolder,
  toFileName,
} from '../../activities/store';
import type { OpenStore } from '../../client/open-store';
import { formatCount } from '../../workflows/domain/base/format-count';
import { brokenKeyRule } from '../../workflows/domain/base/safe-key';
import type { StoredFile } from '../../workflows/domain/item/item';
import { formatSidecar, type Sidecar, toSidecarName } from '../../workflows/domain/item/sidecar';
import type { CliContext } from '../context';
import { LiveLines } from '../terminal/live-lines';
import type { ItemFiles, ResultFiles } from './result-files';

const FILES_AT_ONCE = 8;

export const SIDECAR_HELP =
  'of a batch: write NAME.json beside each file, with its request, values, job ids, charges and SHA-256';

/** A file that was not copied. */
interface CopyProblem {
  readonly file: string;
  /** Follows the name of the file. */
  readonly problem: string;
}

interface CopySummary {
  readonly folder: string;
  readonly copied: number;
  /** Files that the folder had already. */
  readonly present: number;
  readonly problems: readonly CopyProblem[];
}

interface CopyTerms {
  /** Write the description of each file beside it, as JSON. Default false. */
  readonly sidecar?: boolean;
  /** Aborted: the copy ends after the current files. */
  readonly interrupted: AbortSignal;
  /** Receives the path of each file that was copied. */
  readonly onCopied?: (file: string) => void;
}

/**
 * Copies the files that the folder does not have.
 *
 * @throws OutputFolderError if the folder cannot be written; StoreUnavailable
 */
export async function copyResults(
  store: Pick<OpenStore, 'readImage'>,
  { folder, items }: Pick<ResultFiles, 'folder' | 'items'>,
  to: string,
  { interrupted, sidecar = false, onCopied = () => undefined }: CopyTerms,
  { stderr }: CliContext,
): Promise<CopySummary> {
  const output = await OutputFolder.open(to);
  const counts = { copied: 0, present: 0 };
  const problems: CopyProblem[] = [];
  const lines = new LiveLines(stderr);
  const count = (name: string, end: CopyEnd): boolean => {
    if (end === 'copied') onCopied(path.join(output.folder, name));
    if (end === 'copied' || end === 'present') counts[end] += 1;
    else problems.push({ file: name, problem: end.problem });
    return end === 'copied' || end === 'present';
  };
  const copyOne = async ({ kept, file, describe }: WantedFile): Promise<void> => {
    const name = toFileName(kept);
    const isThere = count(name, await copyFile(store, output, { kept, file, name }));
    const described = sidecar && isThere ? (describe?.(file, name) ?? null) : null;
    if (described !== null) count(toSidecarName(name), await writeSidecar(output, toSidecarName(name), described));
  };
  try {
    let some: WantedFile[] = [];
    const flush = async () => {
      await Promise.all(some.map(copyOne));
      some = [];
      if (stderr.isTTY) lines.show([`copied ${formatCount(counts.copied, 'file')} to ${output.folder}`]);
    };
    for await (const item of items()) {
      if (interrupted.aborted) break;
      some.push(...listFiles(folder, item, problems));
      if (some.length >= FILES_AT_ONCE) await flush();
    }
    if (!interrupted.aborted) await flush();
  } finally {
    lines.clear();
    await output.close();
  }
  return { folder: output.folder, ...counts, problems };
}

interface WantedFile extends Pick<ItemFiles, 'describe'> {
  readonly kept: KeptFile;
  readonly file: StoredFile;
}

/** The places of an item's files. A key that could leave the folder is a problem. */
function listFiles(folder: string, { key, files, ...item }: ItemFiles, problems: CopyProblem[]): readonly WantedFile[] {
  const places = files.map((file) => ({ ...item, file, kept: keptFileAt({ folder, key }, file.file) }));
  return places.filter(({ file, kept }) => {
    const rule = [kept.key, file.role, kept.role ?? kept.key, kept.extension]
      .map(brokenKeyRule)
      .find((one) => one !== null);
    if (rule !== undefined) problems.push({ file: JSON.stringify(key), problem: `is not a safe file name; ${rule}` });
    return rule === undefined;
  });
}

type CopyEnd = 'copied' | 'present' | { readonly problem: string };

async function writeSidecar(output: OutputFolder, name: string, sidecar: Sidecar): Promise<CopyEnd> {
  const content = Buffer.from(formatSidecar(sidecar));
  const sha256 = createHash('sha256').update(content).digest('hex');
  const end = await output.put({ name, bytes: content.length, sha256 }, async () => content);
  return end === 'differs' ? { problem: DIFFERS } : end;
}

async function copyFile(
  store: Pick<OpenStore, 'readImage'>,
  output: OutputFolder,
  { kept, file: { bytes, sha256 }, name }: WantedFile & { readonly name: string },
): Promise<CopyEnd> {
  try {
    const end = await output.put({ name, bytes, sha256 }, () => store.readImage(kept));
    return end === 'differs' ? { problem: DIFFERS } : end;
  } catch (error) {
    // Of this file alone: the others can be copied.
    if (error instanceof NotInStore || error instanceof DamagedFileError) return { problem: error.message };
    throw error;
  }
}

const DIFFERS = 'is there with other content, and was not replaced; move it away, or copy to another folder';

/** Prints what was copied, and every file that was not. */
export function reportCopy({ folder, copied, present, problems }: CopySummary, { stderr }: CliContext): void {
  for (const { file, problem } of problems) stderr.write(`${file} ${problem}\n`);
  const before = present === 0 ? '' : `, ${present} there already`;
  const left = problems.length === 0 ? '' : `, ${problems.length} not copied`;
  stderr.write(`copied ${formatCount(copied, 'file')} to ${folder}${before}${left}\n`);
}
