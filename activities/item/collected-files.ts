/** The files of a completed job: which are stored, and which of them are still tried. */
import { withoutMissing } from '../../workflows/domain/base/without-missing';
import { type CompletedJob, MAIN_ROLE, type MissingFile, type StoredFile } from '../../workflows/domain/item/item';
import type { JobFile } from '../imagepipeline/classify-status';

/** Attempts at a file that the operation's row does not name: its field may mean something else. */
const MAX_UNLISTED_TRIES = 3;

interface FailedFile extends MissingFile {
  readonly tries: number;
  readonly isUnlisted: boolean;
}

export class CollectedFiles {
  private readonly failed = new Map<string, FailedFile>();
  private charge: CompletedJob['charge'] = null;
  private balance: CompletedJob['balance'];

  /** @param stored files that an earlier attempt has stored, the main one first */
  constructor(private stored: readonly StoredFile[] = []) {}

  /** Whether the main file is stored. */
  get hasMain(): boolean {
    return this.stored.length > 0;
  }

  /** The stored files, the main one first. */
  get all(): readonly StoredFile[] {
    return this.stored;
  }

  /** Files that are not stored and worth another attempt. The first is the main one, unless that is stored. */
  listPending(files: readonly JobFile[]): readonly JobFile[] {
    const done = new Set(this.stored.map(({ role }) => role));
    return files.filter(({ role }) => !done.has(role) && !this.isGivenUp(role));
  }

  private isGivenUp(role: string): boolean {
    const { isUnlisted = false, tries = 0 } = this.failed.get(role) ?? {};
    return isUnlisted && tries >= MAX_UNLISTED_TRIES;
  }

  add(file: StoredFile): void {
    this.stored = [...this.stored, file];
    this.failed.delete(file.role);
  }

  /** Records a failed attempt at a file beside the main one. */
  recordFailure({ role, isUnlisted }: JobFile, problem: string): void {
    const { tries = 0 } = this.failed.get(role) ?? {};
    this.failed.set(role, { role, problem, isUnlisted: isUnlisted === true, tries: tries + 1 });
  }

  /** The newest charge and balance that a status named count. */
  recordCharge({ charge, balance = this.balance }: Pick<CompletedJob, 'charge' | 'balance'>): void {
    this.charge = charge ?? this.charge;
    this.balance = balance;
  }

  /** The completed job, with the files that are stored; `null` without a main file. */
  toCompleted(): CompletedJob | null {
    const missing = [...this.failed.values()].map(({ role, problem }) => ({ role, problem }));
    const files = toJobFiles(this.stored, missing);
    return files === null ? null : { ...files, charge: this.charge, ...withoutMissing({ balance: this.balance }) };
  }
}

/** The files of a completed job in their short form; `null` without a main file. */
export function toJobFiles(
  files: readonly StoredFile[],
  missing: readonly MissingFile[] = [],
): Omit<CompletedJob, 'charge' | 'balance'> | null {
  const [main, ...others] = files;
  if (main === undefined) return null;
  const { role, ...result } = main;
  return {
    result,
    ...(others.length === 0 && role === MAIN_ROLE ? {} : { files }),
    ...(missing.length === 0 ? {} : { missing }),
  };
}
