/** What the second provider knows: its jobs, how many credits are left, and what was charged. */
import { randomUUID } from 'node:crypto';

/** When an account without credits is told so. No source says it, and the published list has it as the code of a job. */
export type WhenShort = 'refused' | 'failed-job';

export type Format = 'webp' | 'jpeg' | 'png';

/** The fields of a request that this provider looks at. */
export interface ImageOrder {
  readonly prompt: string;
  readonly width: number;
  readonly height: number;
  readonly format: Format;
  readonly callbackUrl: string | null;
}

type End = { readonly status: 'completed' } | { readonly status: 'failed'; readonly code: string };

export interface Job extends ImageOrder {
  readonly jobId: string;
  /** In ms since the epoch. */
  readonly acceptedAt: number;
  endedAt: number | null;
  end: End | null;
  charged: boolean;
  statusReads: number;
  downloads: number;
  /** HTTP status of each delivery of its callback; `null`: there was no answer. */
  readonly callbacks: (number | null)[];
}

export interface Ledger {
  /** POSTs with the key, whatever became of them. */
  readonly submits: number;
  readonly accepted: number;
  readonly charged: number;
  /** `null`: without end. */
  readonly credits: number | null;
  readonly jobs: readonly Readonly<Job>[];
}

interface BooksOptions {
  /** How long a job takes, in ms. */
  readonly jobMs: number;
  readonly whenShort: WhenShort;
  /** Images that are paid for; `null`: without end. */
  readonly credits: number | null;
  /** Called once for each job, when it has ended. */
  readonly onEnd: (job: Job) => void;
}

/** One credit is one image; it is taken when the job completes, so that a failed job costs nothing. */
export class Books {
  submits = 0;
  private readonly jobs = new Map<string, Job>();
  private readonly timers = new Set<NodeJS.Timeout>();
  private credits: number | null;

  constructor(private readonly options: BooksOptions) {
    this.credits = options.credits;
  }

  get creditsLeft(): number | null {
    return this.credits;
  }

  setCredits(credits: number | null): void {
    this.credits = credits;
  }

  find(jobId: string): Job | null {
    return this.jobs.get(jobId) ?? null;
  }

  /** `null`: refused, since every credit that is left is meant for a job in flight. */
  accept(order: ImageOrder): Job | null {
    const inFlight = [...this.jobs.values()].filter(({ end }) => end === null).length;
    const isShort = this.credits !== null && this.credits - inFlight < 1;
    if (isShort && this.options.whenShort === 'refused') return null;
    const unread = { endedAt: null, end: null, charged: false, statusReads: 0, downloads: 0, callbacks: [] };
    const job: Job = { ...order, jobId: randomUUID(), acceptedAt: Date.now(), ...unread };
    this.jobs.set(job.jobId, job);
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      this.finish(job);
    }, this.options.jobMs);
    this.timers.add(timer);
    return job;
  }

  ledger(): Ledger {
    const jobs = [...this.jobs.values()].map((job) => ({ ...job }));
    const charged = jobs.filter((job) => job.charged).length;
    return { submits: this.submits, accepted: jobs.length, charged, credits: this.credits, jobs };
  }

  close(): void {
    for (const timer of this.timers) clearTimeout(timer);
  }

  private finish(job: Job): void {
    job.endedAt = Date.now();
    const isPaid = this.credits === null || this.credits > 0;
    job.end = isPaid ? { status: 'completed' } : { status: 'failed', code: 'INSUFFICIENT_CREDITS' };
    job.charged = isPaid;
    if (isPaid && this.credits !== null) this.credits -= 1;
    this.options.onEnd(job);
  }
}
