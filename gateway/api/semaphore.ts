import { ApiProblem } from './problem';

const RETRY_AFTER_S = 5;

/** Bounds how many of one kind of request are under way. */
export class Semaphore {
  #taken = 0;

  /** @param what for the refusal, for instance `uploads of batches` */
  constructor(
    private readonly most: number,
    private readonly what: string,
  ) {}

  /**
   * Takes a slot until the function that it gives is called.
   *
   * @throws ApiProblem BUSY
   */
  take(): () => void {
    if (this.#taken >= this.most) {
      throw new ApiProblem('BUSY', `${this.most} ${this.what} are under way`, { retryAfterS: RETRY_AFTER_S });
    }
    this.#taken += 1;
    let isTaken = true;
    return () => {
      if (isTaken) this.#taken -= 1;
      isTaken = false;
    };
  }
}
