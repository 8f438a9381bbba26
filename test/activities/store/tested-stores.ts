/** The stores that must keep the same promises, each with a way to look at what is in it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { openStore } from '../../../activities';
import type { ResultReader, ResultStore } from '../../../activities/store/result-store';
import { S3Store } from '../../../activities/store/s3/s3-store';
import { tempFolder } from '../../support/temp-folder';
import type { S3Server } from './s3-server';

export interface TestedStore {
  readonly store: ResultStore & ResultReader;
  /** Names relative to the store's address, in order; what is only staged does not count. */
  names(): Promise<readonly string[]>;
  read(name: string): Promise<string>;
  addressOf(name: string): string;
  /** File names of what is staged. */
  staged(): readonly string[];
  close(): Promise<void>;
}

export function folderStore(): TestedStore {
  const folder = path.join(tempFolder(), 'store');
  const { results, close } = openStore({ store: folder });
  const all = () => filesBelow(folder).map((file) => path.relative(folder, file).split(path.sep).join('/'));
  return {
    store: results,
    names: async () => all().filter((name) => !name.startsWith('.incoming/')),
    read: async (name) => readFileSync(path.join(folder, name), 'utf8'),
    addressOf: (name) => path.join(folder, name),
    staged: () => all().flatMap((name) => (name.startsWith('.incoming/') ? [path.basename(name)] : [])),
    close,
  };
}

let prefixes = 0;

export function s3Store({ bucket, access, keys, read }: S3Server): TestedStore {
  const prefix = `some/prefix-${prefixes++}`;
  const temporary = tempFolder();
  const store = new S3Store({ bucket, prefix }, { ...access, temporary });
  return {
    store,
    names: async () => (await keys(`${prefix}/`)).map((key) => key.slice(prefix.length + 1)),
    read: async (name) => (await read(`${prefix}/${name}`)).toString('utf8'),
    addressOf: (name) => `s3://${bucket}/${prefix}/${name}`,
    staged: () => filesBelow(temporary).map((file) => path.basename(file)),
    close: () => store.close(),
  };
}

export function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.flatMap((entry) => (entry.isFile() ? [path.join(entry.path, entry.name)] : [])).sort();
}
