import type { CallbackRecord, LedgerCounters } from './ledger';

type Counts = Record<string, number>;

/** Counters that do not belong to a single job. */
export class Counters {
  readonly #counts: { submits: number; refused: Counts; faults: Counts; webhooks: Counts };
  #changed = false;

  constructor(start?: LedgerCounters) {
    this.#counts = {
      submits: start?.submits ?? 0,
      refused: { ...start?.refused },
      faults: { ...start?.faults },
      webhooks: { ...start?.webhooks },
    };
  }

  submit(): void {
    this.#counts.submits += 1;
    this.#changed = true;
  }

  refuse(code: string): void {
    this.#countIn(this.#counts.refused, code);
  }

  fault(name: string): void {
    this.#countIn(this.#counts.faults, name);
  }

  webhook(outcome: CallbackRecord['outcome']): void {
    this.#countIn(this.#counts.webhooks, outcome);
  }

  /** Whether anything was counted since the previous call. */
  takeChanged(): boolean {
    const changed = this.#changed;
    this.#changed = false;
    return changed;
  }

  snapshot(): LedgerCounters {
    return structuredClone(this.#counts);
  }

  #countIn(counts: Counts, name: string): void {
    counts[name] = (counts[name] ?? 0) + 1;
    this.#changed = true;
  }
}
