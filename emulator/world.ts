import { Counters } from './books/counters';
import type { Ledger } from './books/ledger';
import type { LimitChanges, LimitPeriod, Limits } from './books/limits';
import { PostBook } from './books/post-book';
import { ProfileBook } from './books/profile-book';
import { RefusalBook } from './books/refusal-book';
import { NO_STATE_LOG, openStateFile, type StateLine, type StateLog } from './books/state-file';
import { UploadBook } from './books/upload-book';
import { RuleBook } from './faults/rule-book';
import { UrlSigner } from './http/signed-url';
import { JobBook } from './jobs/job-book';
import { InputStore } from './media/input-store';
import { MediaStore } from './media/media-store';
import { changeLimits, type Settings } from './options';

/** The state of one emulator, shared by all its routes. */
export class World {
  readonly rules = new RuleBook();
  readonly media = new MediaStore();
  readonly inputs = new InputStore();
  readonly posts = new PostBook();
  readonly uploads = new UploadBook(() => this.now());
  readonly profiles = new ProfileBook();
  readonly signer: UrlSigner;
  readonly book: JobBook;
  readonly counters: Counters;
  readonly #refusals: RefusalBook;
  readonly #log: StateLog;
  readonly #limitPeriods: LimitPeriod[];
  #limits: Limits;
  /** Known once the server listens; result links begin with it. */
  baseUrl = '';

  constructor(readonly settings: Settings) {
    const { lines, log } = openState(settings.stateFile);
    this.#log = log;
    this.#limits = settings.limits;
    this.#limitPeriods = [{ since: this.now(), limits: settings.limits }];
    this.signer = new UrlSigner(settings.seed);
    this.book = new JobBook(settings.apiKeys, settings.clock, log);
    this.counters = new Counters(lines.flatMap((line) => (line.type === 'counters' ? [line.counters] : [])).at(-1));
    this.#refusals = new RefusalBook(lines.flatMap((line) => (line.type === 'refusals' ? line.refusals : [])));
    for (const line of lines) this.book.replay(line);
    // An existing account keeps its balance: a restart is not a way to get credits.
    if (!lines.some((line) => line.type === 'credits')) this.#openCredits();
  }

  get limits(): Limits {
    return this.#limits;
  }

  /** Limits in force since this emulator started, oldest first. */
  get limitPeriods(): readonly LimitPeriod[] {
    return this.#limitPeriods;
  }

  now(): number {
    return this.settings.clock.now();
  }

  setLimits(changes: LimitChanges): void {
    this.#limits = changeLimits(this.#limits, changes);
    this.#limitPeriods.push({ since: this.now(), limits: this.#limits });
    if (changes.credits !== undefined) this.book.setCredits(changes.credits);
  }

  refuse(code: string): void {
    this.counters.refuse(code);
    this.#refusals.add({ at: this.now(), code });
  }

  ledger(): Ledger {
    const { accounts } = this.book;
    const now = this.now();
    return {
      ...this.counters.snapshot(),
      accepted: this.book.size,
      maxInFlight: Math.max(...accounts.map((account) => account.maxInFlight)),
      credits: Object.fromEntries(accounts.map((account) => [account.key, account.credits(now)])),
      jobs: this.book.entries(),
      refusals: this.#refusals.entries(),
      posts: this.posts.entries(),
      uploads: this.uploads.entries(),
    };
  }

  /** Reads and downloads are frequent and less important than accepted jobs, so they are written in batches. */
  writeTallies(): void {
    this.book.writeTallies();
    const refusals = this.#refusals.takeUnwritten();
    if (refusals.length > 0) this.#log.append({ type: 'refusals', refusals });
    if (this.counters.takeChanged()) this.#log.append({ type: 'counters', counters: this.counters.snapshot() });
  }

  close(): void {
    this.writeTallies();
    this.#log.close();
  }

  #openCredits(): void {
    if (this.#limits.credits !== null) this.book.setCredits(this.#limits.credits);
  }
}

function openState(path: string | null): { readonly lines: readonly StateLine[]; readonly log: StateLog } {
  return path === null ? { lines: [], log: NO_STATE_LOG } : openStateFile(path);
}
