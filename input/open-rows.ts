/** Opens the rows of a batch: a file, standard input, or a folder of pictures. */
import { statSync } from 'node:fs';
import path from 'node:path';
import { OPERATION_NAMES } from '../workflows/domain/operations/operations';
import { Columns } from './columns';
import { findPictureField, folderRows } from './folders/folder-rows';
import { findGlobProblem } from './folders/glob';
import type { FolderOptions } from './folders/list-pictures';
import { InputFileError } from './input-file-error';
import type { InputRow } from './input-row';
import { type OpenInputOptions, openInput, STDIN } from './open-input';
import type { PhotoTally } from './pictures/photo-tally';
import type { PlanWords } from './plan-words';
import { readRows } from './read-rows';
import type { FieldProblem } from './requests/request-schema';

export interface OpenRowsOptions extends OpenInputOptions {
  /** For a folder. */
  readonly folder: FolderOptions;
}

export interface OpenedRows {
  /** The name shown in messages. */
  readonly name: string;
  readonly rows: AsyncIterable<InputRow>;
  /** How rows are spoken of. Default: by their lines. */
  readonly words?: PlanWords;
  /** Counts files of a folder that are no rows. Default: there are none. */
  readonly photos?: PhotoTally;
  /** The folder that paths in the rows start from. */
  readonly pathsFrom: string;
}

/**
 * Opens the rows, which are read on demand.
 *
 * @throws InputFileError with every problem of the options
 */
export function openRows(file: string, options: OpenRowsOptions): OpenedRows {
  const place = path.resolve(options.cwd, file);
  if (file !== STDIN && isFolder(place)) return openFolder(file, place, options);
  const { match, recursive } = options.folder;
  const problems = [
    ...(match === undefined ? [] : [{ field: '--match', problem: IS_FOR_FOLDERS }]),
    ...(recursive === true ? [{ field: '--recursive', problem: IS_FOR_FOLDERS }] : []),
  ];
  if (problems.length > 0) throw new InputFileError(problems);
  return openRowsFile(file, options);
}

/** As `openRows`, for what is no folder. */
export function openRowsFile(file: string, options: OpenInputOptions): OpenedRows {
  const source = openInput(file, options);
  const pathsFrom = file === STDIN ? options.cwd : path.dirname(path.resolve(options.cwd, file));
  return { name: source.name, rows: readRows(source), pathsFrom };
}

const IS_FOR_FOLDERS = 'is for a folder of pictures';

function openFolder(name: string, place: string, options: OpenRowsOptions): OpenedRows {
  const { folder, format, delimiter, columns = {} } = options;
  const { operation } = columns;
  const badMatch = folder.match === undefined ? null : findGlobProblem(folder.match);
  const isKnown = operation !== undefined && findPictureField(operation) !== null;
  const problems: FieldProblem[] = [
    ...(isKnown ? [] : [{ field: name, problem: `is a folder; ${adviseOperation(operation)}` }]),
    ...Object.entries({ format, delimiter })
      .filter(([, value]) => value !== undefined)
      .map(([flag]) => ({ field: `--${flag}`, problem: 'is for a file of rows' })),
    ...(badMatch === null ? [] : [{ field: '--match', problem: badMatch }]),
  ];
  if (operation === undefined || problems.length > 0) throw new InputFileError(problems);
  const source = { ...folder, name, folder: place, operation, columns: new Columns(columns) };
  return { name, ...folderRows(source), pathsFrom: place };
}

function adviseOperation(operation: string | undefined): string {
  const known = OPERATION_NAMES.filter((one) => findPictureField(one) !== null).join(', ');
  if (operation === undefined) return `add --operation, one of ${known}`;
  return `${operation} does not take a picture; must be one of ${known}`;
}

export function isFolder(place: string): boolean {
  return statSync(place, { throwIfNoEntry: false })?.isDirectory() === true;
}
