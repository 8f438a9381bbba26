import { ApiProblem } from './problem';

const RETRY_AFTER_S = 5;

/** Bounds the concurrent requests of one kind. */
export class Semaphore {
  #taken = 0;

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
    let isTaken = true;
    return () => {
      if (isTaken) this.#taken -= 1;
      isTaken = false;
    };
  }
}
