/** When the store of a worker is asked how it is, and what is believed meanwhile. */
import { StoreUnavailable } from '../../activities';
import { StoreHealth } from '../../worker/store-health';

function health() {
  const state = { isWell: true, probes: 0, now: 0 };
  const check = async () => {
    state.probes += 1;
    if (!state.isWell) throw new StoreUnavailable('no room', { cause: Object.assign(new Error(), { code: 'ENOSPC' }) });
  };
  return { state, health: new StoreHealth({ check }, () => state.now) };
}

test('a store that was well is believed for half a minute, one that was not for 5 s', async () => {
  const { state, health: tested } = health();
  const ask = async (at: number) => {
    state.now = at;
    return [await tested.isWell(), state.probes];
  };
  expect(await ask(0)).toEqual([true, 1]);
  state.isWell = false;
  expect(await ask(29_999)).toEqual([true, 1]);
  expect(await ask(30_000)).toEqual([false, 2]);
  expect(await ask(34_999)).toEqual([false, 2]);
  state.isWell = true;
  expect(await ask(35_000)).toEqual([true, 3]);
});

test('of many who ask at once one asks the store', async () => {
  const { state, health: tested } = health();
  expect(await Promise.all([tested.isWell(), tested.isWell(), tested.isWell()])).toEqual([true, true, true]);
  expect(state.probes).toBe(1);
});

test('what is wrong is reported with its remedy, also by a store that breaks in another way', async () => {
  const { state, health: tested } = health();
  state.isWell = false;
  await expect(tested.check()).rejects.toMatchObject({
    message: 'no room',
    remedy: expect.stringMatching(/free space/),
  });
  const odd = new StoreHealth({ check: () => Promise.reject(new TypeError('odd')) });
  await expect(odd.check()).rejects.toThrow(StoreUnavailable);
});

test('the wait for a store ends when it is well, or when it is asked to', async () => {
  const { state, health: tested } = health();
  expect(await tested.untilWell({ report: () => undefined, signal: new AbortController().signal })).toBe(true);
  state.isWell = false;
  const asked = new AbortController();
  const reported: string[] = [];
  const waiting = tested.untilWell({
    report: ({ message }) => {
      reported.push(message);
      asked.abort();
    },
    signal: asked.signal,
  });
  expect(await waiting).toBe(false);
  expect(reported).toEqual(['no room']);
});
