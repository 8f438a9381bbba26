/** The client's view of the store: it writes manifests and reads results. */
import {
  type BatchStore,
  type InputFiles,
  InputSources,
  type KeptFile,
  type OpenFile,
  openStore as openAnyStore,
  parseStoreSettings,
  type ResultStore,
  SettingsError,
  type StoreContents,
  type SubmissionJournal,
  type Thumbnails,
} from '../activities/store';
import type { Environment } from '../workflows/domain/base/environment';
import { type CompletedJob, SINGLE_ITEMS_FOLDER, type StoreReference } from '../workflows/domain/item/item';
import { describeStray, findCompletedItem, findOtherUse } from '../workflows/domain/item/journal-entry';

export interface OpenStore {
  /** Address of the store, for messages. */
  readonly address: string;
  readonly batches: BatchStore;
  /**
   * Returns the store's unique id.
   *
   * @throws StoreUnavailable
   */
  identity(): Promise<string>;
  /**
   * Writes and reads a small file.
   *
   * @throws StoreUnavailable
   */
  check(): Promise<void>;
  /**
   * Describes the use of a single item's id for something other than this request; `null` if there is none.
   *
   * @param requestHash SHA-256 of operation and request, or its beginning
   * @throws StoreUnavailable
   */
  findOtherUse(id: string, requestHash: string): Promise<string | null>;
  /**
   * Returns the stored result of a single item; `null` if there is none.
   *
   * @throws StoreUnavailable
   */
  findCompleted(id: string): Promise<CompletedJob | null>;
  /** Whether a single item with this id was submitted. @throws StoreUnavailable */
  hasItem(id: string): Promise<boolean>;
  /** Sizes and removal of everything in the store. */
  readonly contents: StoreContents;
  /** Submission records of single items. */
  readonly submissions: SubmissionJournal;
  /** Input files by content. */
  readonly inputs: InputFiles;
  /** Inputs by the place where they are. */
  readonly sources: InputSources;
  /** Thumbnails by the content that they show. */
  readonly thumbnails: Thumbnails;
  /** @throws StoreUnavailable, also if the file does not exist */
  readImage(kept: KeptFile): Promise<Buffer>;
  /** @throws StoreUnavailable, also if the file does not exist */
  openFile(kept: KeptFile): Promise<OpenFile>;
  /** Closes connections. Idle ones do not keep the process alive. */
  close(): Promise<void>;
}

/**
 * @param cwd the folder that a relative store path starts from
 * @throws SettingsError with every problem
 */
export function openStore(env: Environment, cwd: string): OpenStore {
  const problems: string[] = [];
  const settings = parseStoreSettings(env, cwd, problems);
  if (problems.length > 0) throw new SettingsError(problems);
  const { address, results, close } = openAnyStore(settings);
  return {
    address,
    batches: results.batches,
    identity: () => results.identity(),
    check: () => results.check(),
    findCompleted: async (id) => {
      const entry = await results.submissions.read(id);
      return entry === null ? null : findCompletedItem(entry);
    },
    hasItem: async (id) => (await results.submissions.read(id)) !== null,
    findOtherUse: (id, requestHash) => findUse(results, id, requestHash),
    contents: results.contents,
    submissions: results.submissions,
    inputs: results.inputs,
    thumbnails: results.thumbnails,
    sources: new InputSources(results, env),
    readImage: (kept) => results.read(kept),
    openFile: (kept) => results.open(kept),
    close,
  };
}

async function findUse(results: ResultStore, id: string, requestHash: string): Promise<string | null> {
  const record = await results.submissions.read(id);
  if (record !== null) return findOtherUse(record, requestHash);
  const stray = await results.findPlain({ folder: SINGLE_ITEMS_FOLDER, key: id });
  return stray === null ? null : describeStray(stray);
}

/** @throws StoreUnavailable */
export async function referTo(store: Pick<OpenStore, 'address' | 'identity'>): Promise<StoreReference> {
  return { identity: await store.identity(), address: store.address };
}

/** Opens the store, runs `work` and closes it. */
export async function withStore<T>(env: Environment, cwd: string, work: (store: OpenStore) => Promise<T>): Promise<T> {
  const store = openStore(env, cwd);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}
