/** The id of a request that was given none. */
import fc from 'fast-check';
import { deriveItemId } from '../../input/requests/item-id';
import { isSafeKey } from '../../workflows/domain/base/safe-key';

const OPERATION = 'generate/image';
const requests = fc.dictionary(fc.stringMatching(/^[a-z_]{1,12}$/), fc.oneof(fc.string(), fc.integer(), fc.boolean()), {
  noNullPrototype: true,
});

test('the order of the fields does not change the id', () => {
  fc.assert(
    fc.property(requests, (request) => {
      const reversed = Object.fromEntries(Object.entries(request).reverse());
      expect(deriveItemId({ operation: OPERATION, request: reversed })).toBe(
        deriveItemId({ operation: OPERATION, request: request }),
      );
    }),
  );
});

test('a field that is undefined is as good as absent', () => {
  expect(deriveItemId({ operation: OPERATION, request: { prompt: 'x', seed: undefined } })).toBe(
    deriveItemId({ operation: OPERATION, request: { prompt: 'x' } }),
  );
});

test('another value, another field or another type has another id', () => {
  const ids = [{ prompt: 'x' }, { prompt: 'y' }, { prompt: 'x', seed: 1 }, { prompt: 'x', seed: '1' }, {}].map(
    (request) => deriveItemId({ operation: OPERATION, request: request }),
  );
  expect(new Set(ids).size).toBe(ids.length);
});

test('an id is safe as the name of a file and does not change between releases', () => {
  expect(deriveItemId({ operation: OPERATION, request: { prompt: 'a lighthouse', width: 512 } })).toMatch(
    /^image-[0-9a-f]{24}$/,
  );
  expect(isSafeKey(deriveItemId({ operation: OPERATION, request: {} }))).toBe(true);
});
