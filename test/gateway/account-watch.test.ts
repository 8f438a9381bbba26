/** The account over time: sampled once for all callers, bounded, and only while somebody asks. */
import type { AccountStatus } from '../../client/account/account-handle';
import { AccountWatch } from '../../gateway/api/account-watch';
import { newAccount } from '../../workflows/domain/account/account-state';
import { toAccountStatus } from '../../workflows/domain/account/account-status';
import { NO_BOUNDS } from '../../workflows/domain/pace/pace';
import { until } from '../support/until';

const known = toAccountStatus('default', newAccount(NO_BOUNDS, 0));

/** A watch whose account has one more refusal at each query. */
function startWatch({ maxIdleMs = 60_000, maxSamples = 1_000 } = {}) {
  const stopping = new AbortController();
  const asked = { count: 0, failure: null as Error | null };
  const ask = async (): Promise<AccountStatus> => {
    asked.count += 1;
    if (asked.failure !== null) throw asked.failure;
    return { ...known, refusals: asked.count };
  };
  return { watch: new AccountWatch(ask, stopping.signal, { intervalMs: 10, maxIdleMs, maxSamples }), asked, stopping };
}

test('many callers ask no more than one, and each gets the samples that it has not', async () => {
  const { watch, asked, stopping } = startWatch();
  const answers = await Promise.all(Array.from({ length: 100 }, () => watch.read(null)));
  expect(answers.map(({ account }) => account.refusals)).toEqual(Array(100).fill(1));
  const all = await until('there are samples', async () => {
    const { samples } = await watch.read(null);
    return samples.length >= 5 ? samples : null;
  });
  expect(all.map(({ refusals }) => refusals)).toEqual(all.map((_one, index) => index + 1));
  const later = (await watch.read(all[2]?.at ?? '')).samples;
  expect(later.every(({ at }) => at > (all[2]?.at ?? ''))).toBe(true);
  expect(asked.count).toBeLessThan(100);
  stopping.abort();
});

test('a bounded number is kept, the newest', async () => {
  const { watch, stopping } = startWatch({ maxSamples: 5 });
  const samples = await until('it is full', async () => {
    const found = (await watch.read(null)).samples;
    return (found[0]?.refusals ?? 0) > 3 ? found : null;
  });
  expect(samples).toHaveLength(5);
  stopping.abort();
});

test('nothing is asked when no caller is left, and the next one begins again', async () => {
  const { watch, asked, stopping } = startWatch({ maxIdleMs: 0 });
  await watch.read(null);
  await until('it has stopped', async () => {
    const before = asked.count;
    await new Promise((resolve) => setTimeout(resolve, 50));
    return asked.count === before;
  });
  const { account, samples } = await watch.read(null);
  expect(account.refusals).toBe(asked.count);
  expect(samples.length).toBeLessThanOrEqual(1);
  stopping.abort();
});

test('a control is shown at once, and an account that cannot be queried fails until it can', async () => {
  const { watch, asked, stopping } = startWatch();
  await watch.read(null);
  await watch.show(Promise.resolve({ ...known, limit: 99 }));
  expect((await watch.read(null)).account.limit).toBe(99);
  asked.failure = new Error('no worker');
  await until('it fails', () =>
    watch.read(null).then(
      () => false,
      (error: Error) => error.message === 'no worker',
    ),
  );
  await expect(watch.show(Promise.reject(new Error('refused')))).rejects.toThrow('refused');
  asked.failure = null;
  await until('it answers', () =>
    watch.read(null).then(
      () => true,
      () => false,
    ),
  );
  stopping.abort();
});
