import type { RefusalRecord } from './ledger';

/** Records every refusal. New ones are written to the state log in batches, like counters. */
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

  /** Returns refusals added since the previous call. */
  takeUnwritten(): readonly RefusalRecord[] {
    const unwritten = this.#refusals.slice(this.#written);
    this.#written = this.#refusals.length;
    return unwritten;
  }
}
