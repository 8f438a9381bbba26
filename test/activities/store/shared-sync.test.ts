/** A flush counts only for names that were created before it began. */
import { SharedSync } from '../../../activities/store/folder/shared-sync';

interface Flush {
  readonly folder: string;
  end(error?: Error): void;
}

function watched() {
  const flushes: Flush[] = [];
  const syncs = new SharedSync(
    (folder) =>
      new Promise((resolve, reject) =>
        flushes.push({ folder, end: (error) => (error === undefined ? resolve() : reject(error)) }),
      ),
  );
  const settled: string[] = [];
  const begin = (name: string, folder = 'items') =>
    syncs.sync(folder).then(
      () => settled.push(name),
      () => settled.push(`${name} failed`),
    );
  return { flushes, settled, begin };
}

/** All that can happen without an end of a flush has happened. */
const untilIdle = () => new Promise((resolve) => setImmediate(resolve));

test('writers that come during a flush wait for the next one, and share it', async () => {
  const { flushes, settled, begin } = watched();
  void begin('first');
  await untilIdle();
  void begin('second');
  void begin('third');
  await untilIdle();
  expect(flushes.length).toBe(1);
  flushes[0]?.end();
  await untilIdle();
  expect(settled).toEqual(['first']);
  expect(flushes.length).toBe(2);
  void begin('fourth');
  flushes[1]?.end();
  await untilIdle();
  expect(settled).toEqual(['first', 'second', 'third']);
  expect(flushes.length).toBe(3);
  flushes[2]?.end();
  await untilIdle();
  expect(settled).toEqual(['first', 'second', 'third', 'fourth']);
});

test('a flush that fails fails for those that wait for it, and for no later ones', async () => {
  const { flushes, settled, begin } = watched();
  void begin('first');
  await untilIdle();
  void begin('second');
  flushes[0]?.end(new Error('no space'));
  await untilIdle();
  flushes[1]?.end();
  await untilIdle();
  expect(settled).toEqual(['first failed', 'second']);
});

test('folders do not wait for each other', async () => {
  const { flushes, settled, begin } = watched();
  void begin('first');
  void begin('other', 'others');
  await untilIdle();
  expect(flushes.map(({ folder }) => folder)).toEqual(['items', 'others']);
  flushes[1]?.end();
  await untilIdle();
  expect(settled).toEqual(['other']);
});
