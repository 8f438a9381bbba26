import { withDeadline } from '../../../activities/running/with-deadline';

const never = new Promise<never>(() => undefined);

test('what ends in time ends as it does', async () => {
  await expect(withDeadline('it', 5_000, Promise.resolve(7))).resolves.toBe(7);
  await expect(withDeadline('it', 5_000, Promise.reject(new RangeError('no')))).rejects.toThrow(RangeError);
});

test('what takes too long is no longer waited for', async () => {
  await expect(withDeadline('asking', 20, never)).rejects.toMatchObject({
    name: 'DeadlinePassedError',
    message: 'asking took longer than 0.02 s',
  });
});
