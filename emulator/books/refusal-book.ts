import type { RefusalRecord } from './ledger';

/** Every refusal. What is new reaches the state log in one line now and then, as counters do. */
export class RefusalBook {
  readonly #refusals: RefusalRecord[];
  #written: number;

  constructor(earlier: readonly RefusalRecord[]) {
    this.#refusals = [...earlier];
    this.#written = earlier.length;
  }

  add(refusal: RefusalRecord): void {
    this.#refusals.push(refusal);
  }

  entries(): readonly RefusalRecord[] {
    return [...this.#refusals];
  }

  /** What was added since this was last asked. */
  takeUnwritten(): readonly RefusalRecord[] {
    const unwritten = this.#refusals.slice(this.#written);
    this.#written = this.#refusals.length;
    return unwritten;
  }
}
