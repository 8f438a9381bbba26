/** A value with its due time. */
interface Due<T> {
  readonly at: number;
  readonly value: T;
}

/** A binary heap that returns due values, earliest first. */
export class EndQueue<T> {
  readonly #heap: Due<T>[] = [];

  add(at: number, value: T): void {
    let index = this.#heap.push({ at, value }) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (this.#timeAt(parent) <= this.#timeAt(index)) return;
      this.#swap(parent, index);
      index = parent;
    }
  }

  /** Removes and returns the earliest value due by `now`; `undefined` if there is none. */
  takeDue(now: number): T | undefined {
    const first = this.#heap[0];
    if (first === undefined || first.at > now) return undefined;
    this.#swap(0, this.#heap.length - 1);
    this.#heap.pop();
    this.#sink(0);
    return first.value;
  }

  #sink(from: number): void {
    let index = from;
    for (;;) {
      const left = 2 * index + 1;
      const smaller = this.#timeAt(left + 1) < this.#timeAt(left) ? left + 1 : left;
      if (this.#timeAt(smaller) >= this.#timeAt(index)) return;
      this.#swap(smaller, index);
      index = smaller;
    }
  }

  /** Positions outside the heap count as later than everything. */
  #timeAt(index: number): number {
    return this.#heap[index]?.at ?? Number.POSITIVE_INFINITY;
  }

  #swap(one: number, other: number): void {
    const held = this.#heap[one];
    const moved = this.#heap[other];
    if (held === undefined || moved === undefined) return;
    this.#heap[one] = moved;
    this.#heap[other] = held;
  }
}
