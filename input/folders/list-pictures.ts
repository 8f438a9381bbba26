/** Lists the pictures of a folder by their names, and what is left out. */
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { getOwn } from '../../workflows/domain/base/own-value';
import { InputFileError } from '../input-file-error';
import { describeReadError } from '../read-error';
import { toPathTest } from './glob';

export interface FolderOptions {
  /** Whether folders inside it are read too. Default false. */
  readonly recursive?: boolean;
  /** Only files whose path matches. Default: all pictures. */
  readonly match?: string | undefined;
}

interface LeftOut {
  readonly path: string;
  /** Follows the name of the file. */
  readonly reason: string;
}

interface FolderContent {
  /** Paths of pictures below the folder, with `/`, sorted. */
  readonly pictures: readonly string[];
  readonly leftOut: readonly LeftOut[];
}

const PICTURES: ReadonlySet<string> = new Set(['.png', '.jpg', '.jpeg', '.jpe', '.jfif', '.webp', '.gif']);
const EXPORT = 'is left out: the API does not take this format; export it as JPEG or PNG';

/** Reasons by extension, for pictures that the API does not take. */
const OTHER_PICTURES: Readonly<Record<string, string>> = {
  '.heic': EXPORT,
  '.heif': EXPORT,
  '.tif': EXPORT,
  '.tiff': EXPORT,
  '.avif': EXPORT,
  '.bmp': EXPORT,
  '.psd': EXPORT,
  '.svg': EXPORT,
};

/** @throws InputFileError if a folder cannot be read */
export async function listPictures(folder: string, options: FolderOptions): Promise<FolderContent> {
  const matches = options.match === undefined ? () => true : toPathTest(options.match);
  const found: Found[] = [];
  for await (const { path: at, reason } of walk(folder, '', options.recursive === true)) {
    found.push({ path: at, reason: reason ?? (matches(at) ? findReason(at) : NO_MATCH) });
  }
  // By code units: the same order on every system and in every language.
  found.sort((left, right) => (left.path < right.path ? -1 : 1));
  return {
    pictures: found.flatMap(({ path: at, reason }) => (reason === null ? [at] : [])),
    leftOut: found.flatMap(({ path: at, reason }) => (reason === null ? [] : [{ path: at, reason }])),
  };
}

const NO_MATCH = 'is left out: it does not match --match';

function findReason(file: string): string | null {
  const extension = path.posix.extname(file).toLowerCase();
  if (PICTURES.has(extension)) return null;
  return getOwn(OTHER_PICTURES, extension) ?? 'is left out: its name is not that of a picture';
}

/** A file, or a folder that is not read. */
interface Found {
  readonly path: string;
  /** Why it is left out; `null` if it is not. */
  readonly reason: string | null;
}

async function* walk(root: string, below: string, recursive: boolean): AsyncGenerator<Found> {
  for (const entry of await readFolder(path.join(root, below))) {
    const at = below === '' ? entry.name : `${below}/${entry.name}`;
    const isLink = entry.isSymbolicLink();
    if (entry.name.startsWith('.')) yield { path: at, reason: 'is left out: it is hidden' };
    else if (entry.isFile() || (isLink && (await isFile(path.join(root, at))))) yield { path: at, reason: null };
    // A linked folder may contain the folder itself.
    else if (isLink) yield { path: at, reason: 'is left out: it is a link to a folder or to nothing' };
    else if (!entry.isDirectory()) yield { path: at, reason: 'is left out: it is not a file' };
    else if (recursive) yield* walk(root, at, recursive);
    else yield { path: `${at}/`, reason: 'is left out: --recursive includes folders' };
  }
}

async function readFolder(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    const problem = describeReadError(error);
    if (problem === null) throw error;
    throw new InputFileError([{ field: folder, problem }]);
  }
}

async function isFile(file: string): Promise<boolean> {
  try {
    return (await stat(file)).isFile();
  } catch {
    // A link to nothing.
    return false;
  }
}
