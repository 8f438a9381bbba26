/** Simulated time, and numbers drawn from a seed. */

interface Due {
  readonly at: number;
  readonly order: number;
  readonly happen: () => void;
}

/** Events in the order of their time; those of the same time in the order in which they were planned. */
export class EventQueue {
  now = 0;
  private readonly heap: Due[] = [];
  private planned = 0;

  at(time: number, happen: () => void): void {
    const { heap } = this;
    heap.push({ at: Math.max(time, this.now), order: this.planned++, happen });
    for (let child = heap.length - 1; child > 0; ) {
      const parent = (child - 1) >> 1;
      if (!this.swappedUp(parent, child)) return;
      child = parent;
    }
  }

  /** Goes on to the next event; `null`: none before `until`. */
  next(until: number): (() => void) | null {
    const { heap } = this;
    const [first] = heap;
    if (first === undefined || first.at > until) return null;
    const last = heap.pop();
    if (last !== undefined && heap.length > 0) {
      heap[0] = last;
      this.sink();
    }
    this.now = first.at;
    return first.happen;
  }

  private sink(): void {
    for (let parent = 0; ; ) {
      const left = 2 * parent + 1;
      const child = this.isBefore(left + 1, left) ? left + 1 : left;
      if (!this.swappedUp(parent, child)) return;
      parent = child;
    }
  }

  private swappedUp(parent: number, child: number): boolean {
    const [above, below] = [this.heap[parent], this.heap[child]];
    if (above === undefined || below === undefined || !this.isBefore(child, parent)) return false;
    this.heap[parent] = below;
    this.heap[child] = above;
    return true;
  }

  private isBefore(one: number, other: number): boolean {
    const [a, b] = [this.heap[one], this.heap[other]];
    if (a === undefined) return false;
    return b === undefined || a.at < b.at || (a.at === b.at && a.order < b.order);
  }
}

/** Uniform numbers in [0, 1) (mulberry32). */
export function random(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
