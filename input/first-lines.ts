/**
 * Remembers the first line of each digest, in 16 bytes per slot: a million rows take 32 MB, where a
 * `Map` of texts would take several times that.
 *
 * It keeps 96 bits of a digest: the chance of a collision in a file of a million rows is
 * 10^12 / 2^97, about 6 in 10^18. A valid row is never refused or dropped by chance.
 */
export class FirstLines {
  private slots = new Uint32Array(MIN_SLOTS * WORDS);
  private capacity = MIN_SLOTS;
  private used = 0;

  /** The first line of the digest; `null` if it is not stored. */
  find(digest: Buffer): number | null {
    const at = findSlot(this.slots, this.capacity, hashWords(digest));
    return this.slots[at + LINE] || null;
  }

  /** Stores the first line of a digest. Lines count from 1: 0 marks a free slot. */
  put(digest: Buffer, line: number): void {
    const at = findSlot(this.slots, this.capacity, hashWords(digest));
    if (this.slots[at + LINE] !== 0) return;
    this.slots.set([...hashWords(digest), line], at);
    this.used += 1;
    if (this.used > this.capacity * MAX_FILL) this.grow();
  }

  private grow(): void {
    const capacity = this.capacity * 2;
    const slots = new Uint32Array(capacity * WORDS);
    for (let from = 0; from < this.slots.length; from += WORDS) {
      if (this.slots[from + LINE] === 0) continue;
      const slot = this.slots.subarray(from, from + WORDS);
      slots.set(slot, findSlot(slots, capacity, [slot[0] ?? 0, slot[1] ?? 0, slot[2] ?? 0]));
    }
    this.slots = slots;
    this.capacity = capacity;
  }
}

type Words = readonly [number, number, number];

/** 32-bit words per slot: three of the digest, and the line. */
const WORDS = 4;
const LINE = 3;
/** Initial number of slots; a power of two, since a mask finds the slot. */
const MIN_SLOTS = 1_024;
/** Largest share of used slots; beyond it, probing is slow. */
const MAX_FILL = 0.7;

function hashWords(digest: Buffer): Words {
  return [digest.readUInt32LE(0), digest.readUInt32LE(4), digest.readUInt32LE(8)];
}

/** The slot of the digest, or the free slot where it belongs. */
function findSlot(slots: Uint32Array, capacity: number, [first, second, third]: Words): number {
  let slot = first & (capacity - 1);
  for (;;) {
    const at = slot * WORDS;
    if (slots[at + LINE] === 0) return at;
    if (slots[at] === first && slots[at + 1] === second && slots[at + 2] === third) return at;
    slot = (slot + 1) & (capacity - 1);
  }
}
