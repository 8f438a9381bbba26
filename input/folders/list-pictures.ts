/** Lists the pictures of a folder by their names, and what is left out. */
import { isUtf8 } from 'node:buffer';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { getOwn } from '../../workflows/domain/base/own-value';
import { InputFileError } from '../input-file-error';
import type { PhotoTrait } from '../pictures/photo-traits';
import { describeReadError } from '../read-error';
import { toPathTest } from './glob';

export interface FolderOptions {
  /** Whether folders inside it are read too. Default false. */
  readonly recursive?: boolean;
  /** Only files whose path matches. Default: all pictures. */
  readonly match?: string | undefined;
  /** Whether pictures are converted, so that other formats count too. Default false. */
  readonly convert?: boolean;
}

interface LeftOut {
  readonly path: string;
  /** Follows the name of the file. */
  readonly reason: string;
  /** Absent: none that its name shows. */
  readonly trait?: PhotoTrait | undefined;
}

interface FolderContent {
  /** Paths of pictures below the folder, with `/`, sorted. */
  readonly pictures: readonly string[];
  /** Those among them that cannot be read, because their names are not UTF-8; also folders. */
  readonly misnamed: ReadonlySet<string>;
  readonly leftOut: readonly LeftOut[];
}

const PICTURES: ReadonlySet<string> = new Set(['.png', '.jpg', '.jpeg', '.jpe', '.jfif', '.webp', '.gif']);
const EXPORT = 'is left out: the API does not take this format; export it as JPEG or PNG';
const CONVERT = 'is left out: the API does not take this format; --convert makes JPEG or PNG of it';

interface OtherPicture {
  readonly reason: string;
  /** Absent: it cannot be converted. */
  readonly trait?: PhotoTrait;
}

/** Pictures that the API does not take, by extension. */
const OTHER_PICTURES: Readonly<Record<string, OtherPicture>> = {
  '.heic': { reason: EXPORT, trait: 'heic' },
  '.heif': { reason: EXPORT, trait: 'heic' },
  '.tif': { reason: CONVERT, trait: 'tiff' },
  '.tiff': { reason: CONVERT, trait: 'tiff' },
  '.avif': { reason: CONVERT, trait: 'avif' },
  '.bmp': { reason: EXPORT },
  '.psd': { reason: EXPORT },
  '.svg': { reason: EXPORT },
};

/** @throws InputFileError if a folder cannot be read */
export async function listPictures(folder: string, options: FolderOptions): Promise<FolderContent> {
  const matches = options.match === undefined ? () => true : toPathTest(options.match);
  const pictures: string[] = [];
  const misnamed = new Set<string>();
  const leftOut: LeftOut[] = [];
  for await (const { path: at, reason, isMisnamed = false } of walk(folder, '', options.recursive === true)) {
    const isFolder = isMisnamed && at.endsWith('/');
    const why = reason ?? (isFolder ? null : matches(at) ? findReason(at, options) : NO_MATCH);
    if (why === null) pictures.push(at);
    if (why === null && isMisnamed) misnamed.add(at);
    if (why === null) continue;
    leftOut.push({ path: at, ...(typeof why === 'string' ? { reason: why } : why) });
  }
  // By code units: the same order on every system and in every language.
  pictures.sort((left, right) => (left < right ? -1 : 1));
  leftOut.sort((left, right) => (left.path < right.path ? -1 : 1));
  return { pictures, misnamed, leftOut };
}

const NO_MATCH = 'is left out: it does not match --match';

function findReason(file: string, { convert = false }: FolderOptions): string | OtherPicture | null {
  const extension = path.posix.extname(file).toLowerCase();
  if (PICTURES.has(extension)) return null;
  const other = getOwn(OTHER_PICTURES, extension);
  if (other?.trait !== undefined && convert) return null;
  return other ?? 'is left out: its name is not that of a picture';
}

/** A file, or a folder that is not read. */
interface Found {
  readonly path: string;
  /** Why it is left out; `null` if it is not. */
  readonly reason: string | null;
  /** Whether its own name is not UTF-8. Default false. */
  readonly isMisnamed?: boolean;
}

async function* walk(root: string, below: string, recursive: boolean): AsyncGenerator<Found> {
  for (const entry of await readFolder(path.join(root, below))) {
    const name = entry.name.toString();
    const at = below === '' ? name : `${below}/${name}`;
    const isLink = entry.isSymbolicLink();
    // The decoded name is that of no file.
    const isMisnamed = !isUtf8(entry.name);
    if (name.startsWith('.')) yield { path: at, reason: 'is left out: it is hidden' };
    else if (entry.isFile() || (isLink && (isMisnamed || (await isFile(path.join(root, at))))))
      yield { path: at, reason: null, isMisnamed };
    // A linked folder may contain the folder itself.
    else if (isLink) yield { path: at, reason: 'is left out: it is a link to a folder or to nothing' };
    else if (!entry.isDirectory()) yield { path: at, reason: 'is left out: it is not a file' };
    else if (!recursive) yield { path: `${at}/`, reason: 'is left out: --recursive includes folders' };
    else if (isMisnamed) yield { path: `${at}/`, reason: null, isMisnamed };
    else yield* walk(root, at, recursive);
  }
}

async function readFolder(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true, encoding: 'buffer' });
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
