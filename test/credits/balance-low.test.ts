/** A provider whose answers carry the balance: the account is held before that runs out. */
import { untilAccount } from '../account/accounts';
import { pickCounts, startBatch, untilStatus } from '../batch/batch-fixtures';
import { catchError, start } from '../support/images';
import { type ProviderRig, startProviderRig } from '../support/rig';
import { type SecondProvider, startSecondProvider } from '../support/second-provider';

let provider: SecondProvider;
let rig: ProviderRig;

beforeAll(async () => {
  provider = await startSecondProvider({ jobMs: 50, credits: 40 });
  rig = await startProviderRig(provider);
});
afterAll(() => rig.close());

test('held below a bound with BALANCE_LOW, and everything is made after a top-up and a resume', async () => {
  const { client } = rig;
  await client.account().set({ holdBelow: { usd: 1 } });
  const batch = await startBatch(rig, 'low', 60, { concurrency: 2 });
  const held = await untilAccount('little is left', rig, ({ hold }) => hold !== null);
  expect(held.hold).toMatchObject({ code: 'BALANCE_LOW', cause: expect.stringMatching(/^The balance is 0\.\d+ USD/) });
  expect(held).toMatchObject({ holdBelow: { usd: 1, credits: null }, balance: { credits: null } });
  expect(held.balance?.usd).toBeLessThan(1);
  const waiting = await untilStatus('the batch waits', batch, ({ counts }) => counts.running === 0);
  expect(waiting).toMatchObject({ state: 'paused', pausedBy: 'account', hold: { code: 'BALANCE_LOW' } });
  // Nothing was refused: what was left covers more.
  expect(provider.ledger().credits).toBeGreaterThan(5);
  expect(await catchError(await start(client, 'too-late'))).toMatchObject({ code: 'BALANCE_LOW' });
  provider.setCredits(1_000);
  await client.account().resume();
  expect(pickCounts(await batch.result())).toEqual({ succeeded: 60 });
  const last = await client.account().status();
  expect(last.hold).toBeNull();
  expect(last.balance?.usd).toBeGreaterThan(1);
});
