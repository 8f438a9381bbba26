import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { FirstLines } from '../../input/first-lines';

const hashText = (text: string) => createHash('sha256').update(text).digest();

test('behaves as a map that keeps the first line of each text', () => {
  const step = fc.tuple(fc.nat({ max: 3_000 }), fc.integer({ min: 1, max: 0xffff_ffff }));
  fc.assert(
    fc.property(fc.array(step, { minLength: 1_500, maxLength: 4_000 }), (steps) => {
      const lines = new FirstLines();
      const model = new Map<number, number>();
      for (const [text, line] of steps) {
        expect(lines.find(hashText(`${text}`))).toBe(model.get(text) ?? null);
        lines.put(hashText(`${text}`), line);
        if (!model.has(text)) model.set(text, line);
      }
      for (const [text, line] of model) expect(lines.find(hashText(`${text}`))).toBe(line);
    }),
    // A smaller example would tell no more.
    { numRuns: 10, endOnFailure: true },
  );
});

// The last byte of the first word is none of those that choose the slot.
test.each([3, 7, 11])('digests that differ in byte %d alone are two', (at) => {
  const [one, other] = [Buffer.alloc(32), Buffer.alloc(32)];
  other[at] = 1;
  const lines = new FirstLines();
  lines.put(one, 1);
  expect(lines.find(other)).toBeNull();
  lines.put(other, 2);
  expect([lines.find(one), lines.find(other)]).toEqual([1, 2]);
});

test('digests that want the same slot are distinguished', () => {
  const lines = new FirstLines();
  const digests = Array.from({ length: 600 }, (_, index) => {
    const digest = Buffer.alloc(32);
    digest.writeUInt32LE(0xffff_ffff, 0);
    digest.writeUInt32LE(index, 4);
    return digest;
  });
  digests.forEach((digest, index) => {
    lines.put(digest, index + 1);
  });
  expect(digests.map((digest) => lines.find(digest))).toEqual(digests.map((_, index) => index + 1));
});
