/** A slot is released however its work ends. */
import { Semaphore } from '../../gateway/api/semaphore';

test('work that fails, also before its first await, leaves its slot', async () => {
  const semaphore = new Semaphore(1, 'plans');
  const failAtOnce = (): Promise<void> => {
    throw new Error('no body');
  };
  await expect(semaphore.run(failAtOnce)).rejects.toThrow('no body');
  await expect(semaphore.run(() => Promise.reject(new Error('too slow')))).rejects.toThrow('too slow');
  expect(await semaphore.run(async () => 7)).toBe(7);
});

test('work beyond the slots is refused', async () => {
  const semaphore = new Semaphore(1, 'plans');
  const release = semaphore.take();
  await expect(semaphore.run(async () => 7)).rejects.toMatchObject({ code: 'BUSY' });
  release();
  expect(await semaphore.run(async () => 7)).toBe(7);
});
