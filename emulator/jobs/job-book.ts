import { type LedgerEntry, ledgerEntry, NEW_TALLY, type Tally } from '../books/ledger';
import type { StateLine, StateLog } from '../books/state-file';
import type { Clock } from '../clock';
import { Account } from './account';
import type { Job } from './job';

interface JobRecord {
  readonly job: Job;
  tally: Tally;
}

/** Every accepted job and every account. Changes are also written to the state log. */
export class JobBook {
  readonly #records = new Map<string, JobRecord>();
  readonly #accounts = new Map<string, Account>();
  readonly #unwritten = new Set<JobRecord>();
  #newest: Job | undefined;

  constructor(
    keys: readonly string[],
    private readonly clock: Clock,
    private readonly log: StateLog,
  ) {
    for (const key of keys) this.account(key);
  }

  get size(): number {
    return this.#records.size;
  }

  /** The most recently accepted job. */
  get newest(): Job | undefined {
    return this.#newest;
  }

  get jobs(): readonly Job[] {
    return [...this.#records.values()].map(({ job }) => job);
  }

  get accounts(): readonly Account[] {
    return [...this.#accounts.values()];
  }

  account(key: string): Account {
    const known = this.#accounts.get(key);
    if (known !== undefined) return known;
    const opened = new Account(key);
    this.#accounts.set(key, opened);
    return opened;
  }

  find(jobId: string): Job | undefined {
    return this.#records.get(jobId)?.job;
  }

  tally(job: Job): Tally {
    return this.#records.get(job.id)?.tally ?? NEW_TALLY;
  }

  accept(job: Job): void {
    this.log.append({ type: 'job', job });
    this.#enter(job);
  }

  setCredits(credits: number | null): void {
    const at = this.clock.now();
    this.log.append({ type: 'credits', at, credits });
    this.#setCredits(at, credits);
  }

  /** Changes a tally; the state log receives it with the next `writeTallies`. */
  updateTally(job: Job, change: (tally: Tally) => Partial<Tally>): void {
    const record = this.#records.get(job.id);
    if (record === undefined) return;
    record.tally = { ...record.tally, ...change(record.tally) };
    this.#unwritten.add(record);
  }

  writeTallies(): void {
    for (const { job, tally } of this.#unwritten) this.log.append({ type: 'tally', jobId: job.id, tally });
    this.#unwritten.clear();
  }

  entries(): readonly LedgerEntry[] {
    const now = this.clock.now();
    return [...this.#records.values()].map(({ job, tally }) => ledgerEntry(job, tally, now));
  }

  /** Applies a line written by an earlier run. */
  replay(line: StateLine): void {
    if (line.type === 'job') this.#enter(line.job);
    if (line.type === 'credits') this.#setCredits(line.at, line.credits);
    if (line.type === 'tally') {
      const record = this.#records.get(line.jobId);
      if (record !== undefined) record.tally = line.tally;
    }
  }

  #enter(job: Job): void {
    this.#newest = job;
    this.account(job.key).accept(job);
    this.#records.set(job.id, { job, tally: NEW_TALLY });
  }

  #setCredits(at: number, credits: number | null): void {
    for (const account of this.#accounts.values()) account.setCredits(at, credits);
  }
}
