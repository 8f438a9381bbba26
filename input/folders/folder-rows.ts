/** The rows of a folder: one for each picture. */
import { brokenKeyRule } from '../../workflows/domain/base/safe-key';
import { getOperationRow, type OperationName } from '../../workflows/domain/operations/operations';
import type { Columns } from '../columns';
import { InputFileError } from '../input-file-error';
import type { InputRow } from '../input-row';
import { PhotoTally } from '../pictures/photo-tally';
import { FILE_WORDS, type PlanWords } from '../plan-words';
import { parseInputReference, takesPicture } from '../requests/input-reference';
import type { FieldProblem } from '../requests/request-schema';
import { toSafeKey } from '../requests/to-safe-key';
import { visibleName } from '../requests/visible-text';
import { type FolderOptions, listPictures } from './list-pictures';

interface FolderSource extends FolderOptions {
  /** The name in messages. */
  readonly name: string;
  readonly folder: string;
  readonly operation: OperationName;
  readonly columns: Columns;
}

interface FolderRows {
  readonly rows: AsyncIterable<InputRow>;
  readonly words: PlanWords;
  /** Counts files that are left out. */
  readonly photos: PhotoTally;
}

/** Rows of a folder, and how they are spoken of: by the names of their files. */
export function folderRows(source: FolderSource): FolderRows {
  const photos = new PhotoTally();
  const names: string[] = [];
  const words: PlanWords = { ...FILE_WORDS, place: (number) => visibleName(names[number - 1] ?? ''), hasLines: false };
  return { rows: readFolderRows(source, names, photos), words, photos };
}

/** The field that the pictures of a folder are for; `null` if the operation makes nothing of a picture. */
export function findPictureField(operation: OperationName): string | null {
  const { main, fields } = getOperationRow(operation);
  if (takesPicture(operation, main)) return main;
  const required = Object.entries(fields).filter(([, rule]) => rule.required === true);
  return required.map(([field]) => field).find((field) => takesPicture(operation, field)) ?? null;
}

/** @throws InputFileError if the folder cannot be read, or has no pictures */
async function* readFolderRows(source: FolderSource, names: string[], photos: PhotoTally): AsyncGenerator<InputRow> {
  const { pictures, misnamed, leftOut } = await listPictures(source.folder, source);
  for (const { trait } of leftOut) photos.add(trait === undefined ? [] : [trait]);
  if (pictures.length === 0) {
    const others = leftOut.slice(0, MAX_NAMED).map(({ path, reason }) => ({ field: path, problem: reason }));
    throw new InputFileError([{ field: source.name, problem: 'has no pictures; must have at least one' }, ...others]);
  }
  const field = findPictureField(source.operation) ?? '';
  const keys = new Map<string, string>();
  for (const [index, file] of pictures.entries()) {
    names.push(file);
    const key = toKey(file);
    const problems = misnamed.has(file) ? [{ field: file, problem: MISNAMED }] : findKeyProblems(file, key, keys);
    const warnings = index === 0 ? leftOut.map(({ path, reason }) => ({ line: 1, field: path, problem: reason })) : [];
    const place = { line: index + 1, number: index + 1, problems, warnings };
    // A name like "ab:c.jpg" must not look like an address.
    const isPath = parseInputReference(file)?.kind === 'file';
    const values = { key, operation: source.operation, [field]: isPath ? file : `./${file}` };
    yield source.columns.fillIn({ ...place, values, carried: { source: file } });
  }
}

const MISNAMED = 'has a name that is not UTF-8; rename it';

/** Largest number of files that an error names. */
const MAX_NAMED = 10;

function findKeyProblems(file: string, key: string, keys: Map<string, string>): readonly FieldProblem[] {
  const rule = brokenKeyRule(key);
  if (rule !== null) return [{ field: file, problem: `has the key ${JSON.stringify(key)}; ${rule}; rename the file` }];
  // On many file systems, names that differ only in case are one file.
  const first = keys.get(key.toLowerCase());
  if (first === undefined) keys.set(key.toLowerCase(), file);
  return first === undefined
    ? []
    : [{ field: file, problem: `has the key "${key}", as ${visibleName(first)} has; rename one of the files` }];
}

/** Derives the key: the path without its ending. */
function toKey(file: string): string {
  const [, bare = file] = /^(.+)\.[^./]+$/.exec(file) ?? [];
  return toSafeKey(bare);
}
