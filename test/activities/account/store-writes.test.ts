/** When a worker tells that results cannot be stored, and that they can again. */
import { StoreWrites } from '../../../activities/account/store-writes';

function writes() {
  const clock = { now: 0 };
  return { clock, store: new StoreWrites(() => clock.now) };
}

test('three failures in a row are reported, and again after a while; with a result between them they are none', () => {
  const { clock, store } = writes();
  const fail = () => store.recordFailure('default', 'full')?.problem ?? null;
  expect([fail(), fail()]).toEqual([null, null]);
  expect(store.recordSuccess('default', false)).toEqual([]);
  expect([fail(), fail(), fail(), fail()]).toEqual([null, null, 'full', null]);
  clock.now = 5_000;
  expect(fail()).toBe('full');
});

test('every account with a report learns of the first stored result, once', () => {
  const { store } = writes();
  for (const account of ['a', 'b', 'a', 'b']) store.recordFailure(account, 'full');
  expect(store.recordSuccess('c', false)).toEqual(['a', 'b']);
  expect(store.recordSuccess('a', false)).toEqual([]);
});

test('a result that an earlier attempt could not store is reported by whichever process stores it', () => {
  expect(writes().store.recordSuccess('a', true)).toEqual(['a']);
});
