import { ApiProblem } from './problem';

const RETRY_AFTER_S = 5;

/** Bounds the concurrent requests of one kind. */
export class Semaphore {
  #taken = 0;
  readonly #waiting: (() => void)[] = [];

  /** @param what the kind in messages, for instance `uploads of batches` */
  constructor(
    private readonly most: number,
    private readonly what: string,
  ) {}

  /**
   * Takes a slot. Call the returned function to release it.
   *
   * @throws ApiProblem BUSY
   */
  take(): () => void {
    if (this.#taken >= this.most) {
      throw new ApiProblem('BUSY', `${this.most} ${this.what} are in progress`, { retryAfterS: RETRY_AFTER_S });
    }
    this.#taken += 1;
    return this.#releaser();
  }

  /**
   * Does the work in a slot, which is released however it ends.
   *
   * @throws ApiProblem BUSY
   */
  async run<T>(work: () => Promise<T>): Promise<T> {
    const release = this.take();
    try {
      return await work();
    } finally {
      release();
    }
  }

  /** Like `take`, but waits for a slot, in order of arrival. */
  async wait(): Promise<() => void> {
    if (this.#taken >= this.most) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#taken += 1;
    return this.#releaser();
  }

  #releaser(): () => void {
    let isTaken = true;
    return () => {
      if (isTaken) this.#release();
      isTaken = false;
    };
  }

  /** Passes the slot on directly; in between, a newcomer could take it out of turn. */
  #release(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#taken -= 1;
    else next();
  }
}
