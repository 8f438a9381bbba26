/**
 * Credits run out and return, around single items, a batch and both, through every door: whoever the provider is, all ends
 * as it should with nothing beyond `account resume`, and each item is charged once.
 */
import type { AccountStatus } from '../../workflows/domain/account/account-status';
import { untilAccount } from '../account/accounts';
import { formatPrompt } from '../support/images';
import { type ProviderRig, type ProviderRigOptions, type ServedProvider, startProviderRig } from '../support/rig';
import { until } from '../support/until';
import { DOORS, type Door, type DoorName, formatRowPrompt, type House } from './doors';

interface CreditsProvider extends ServedProvider {
  /** What it shows in its books. */
  ledger(): {
    readonly submits: number;
    readonly jobs: readonly {
      readonly prompt: string;
      readonly charged: boolean;
      readonly endedAt: number | null;
    }[];
  };
  setCredits(images: number): void;
}

const PLENTY = 1_000;
const CODE = 'INSUFFICIENT_CREDITS';

/** Adds the tests for one provider to the file that calls it. */
export function creditsStories(start: () => Promise<CreditsProvider>, options: ProviderRigOptions = {}): void {
  let provider: CreditsProvider;
  let rig: ProviderRig;

  beforeAll(async () => {
    provider = await start();
    rig = await startProviderRig(provider, options);
  });
  afterAll(() => rig.close());

  describe.each(Object.keys(DOORS) as DoorName[])('by the %s', (name) => {
    const open = (story: string) => openStory(rig, provider, name, `${story}-${name.toLowerCase().replace(' ', '-')}`);

    test('single items', async () => singleItems(await open('singles')));
    test('a batch', async () => batch(await open('batch')));
    test('single items and a batch together', async () => together(await open('both')));
  });
}

interface Story {
  /** Of the account, and the beginning of all ids. */
  readonly name: string;
  readonly provider: CreditsProvider;
  readonly house: House;
  readonly door: Door;
  /** How often each item was charged, by its prompt. */
  charges(prompts: readonly string[]): readonly number[];
  untilAccount(what: string, wanted: (status: AccountStatus) => boolean): Promise<AccountStatus>;
  /** Held, and nobody has gone ahead, with as many of this story's items charged. */
  untilHeld(charged: number): Promise<void>;
}

async function openStory(rig: ProviderRig, provider: CreditsProvider, door: DoorName, name: string): Promise<Story> {
  const client = await rig.clientOf(name);
  const house = { ...rig, client };
  const jobs = () => provider.ledger().jobs.filter(({ prompt }) => prompt.includes(name));
  return {
    name,
    provider,
    house,
    door: await DOORS[door](house),
    charges: (prompts) =>
      prompts.map((wanted) => jobs().filter(({ prompt, charged }) => charged && prompt === wanted).length),
    untilAccount: (what, wanted) => untilAccount(what, house, wanted),
    untilHeld: async (charged) => {
      const isHeld = ({ hold, holds }: AccountStatus) => hold?.code === CODE && holds[0]?.probing === false;
      await until(`${charged} are charged and nothing is in flight`, async () => {
        if (jobs().some(({ endedAt }) => endedAt === null)) return null;
        if (jobs().filter((job) => job.charged).length !== charged) return null;
        return isHeld(await client.account().status()) ? true : null;
      });
    },
  };
}

const once = (items: readonly unknown[]) => items.map(() => 1);
const SUCCEEDED = { outcome: 'succeeded', code: null };
const STOPPED = { outcome: 'failed', code: CODE, isAccountStopped: true };

async function singleItems({ name, provider, door, charges, untilAccount, untilHeld }: Story): Promise<void> {
  const id = (letter: string) => `${name}-${letter}`;
  provider.setCredits(2);
  expect(await door.make(id('a'))).toMatchObject(SUCCEEDED);
  expect(await door.make(id('b'))).toMatchObject(SUCCEEDED);
  expect(await door.make(id('c'))).toEqual(STOPPED);
  await untilHeld(2);
  const { submits } = provider.ledger();
  expect(await door.make(id('d'))).toEqual(STOPPED);
  const waiting = door.make(id('e'), { waitWhileHeld: true });
  await untilAccount('it waits', ({ holders }) => holders.some((holder) => holder.id === id('e')));
  provider.setCredits(PLENTY);
  // They are back, but nobody has said so.
  expect(await door.make(id('f'))).toEqual(STOPPED);
  expect(provider.ledger().submits).toBe(submits);
  await door.resume();
  expect(await waiting).toMatchObject(SUCCEEDED);
  for (const letter of ['c', 'd', 'f']) {
    expect(await door.make(id(letter), { again: true })).toMatchObject(SUCCEEDED);
  }
  expect((await untilAccount('it goes on', ({ hold }) => hold === null)).holds).toEqual([]);
  const all = ['a', 'b', 'c', 'd', 'e', 'f'];
  expect(charges(all.map((letter) => formatPrompt(id(letter))))).toEqual(once(all));
}

async function batch({ name, provider, door, charges, untilHeld }: Story): Promise<void> {
  const keys = Array.from({ length: 12 }, (_, number) => `k${number}`);
  provider.setCredits(5);
  await door.startBatch(name, keys);
  const stuck = await door.untilStuck(name);
  expect(stuck).toMatchObject({ state: 'paused', pausedBy: 'account', hold: { code: CODE }, failures: {} });
  expect(stuck).toMatchObject({ counts: { succeeded: 5, waiting: 7, failed: 0, unknown: 0 } });
  expect(stuck.reason).toMatch(/INSUFFICIENT_CREDITS.*Top up credits/);
  await untilHeld(5);
  // None has come: one item finds that out, and the others stay where they are.
  const { submits } = provider.ledger();
  await door.resume();
  await until('one has gone ahead', () => provider.ledger().submits > submits);
  await untilHeld(5);
  expect(provider.ledger().submits).toBe(submits + 1);
  // Too few have come: they run out once more.
  provider.setCredits(4);
  await door.resume();
  await untilHeld(9);
  expect((await door.untilStuck(name)).counts).toMatchObject({ succeeded: 9, waiting: 3, failed: 0 });
  provider.setCredits(PLENTY);
  await door.resume();
  const ended = await door.untilEnded(name);
  expect(ended).toMatchObject({ state: 'completed', hold: null, failures: {}, possibleDuplicates: 0 });
  expect(ended.counts).toMatchObject({ total: 12, succeeded: 12 });
  expect(charges(keys.map((key) => formatRowPrompt(name, key)))).toEqual(once(keys));
}

async function together({ name, provider, door, charges, untilAccount, untilHeld }: Story): Promise<void> {
  const keys = Array.from({ length: 8 }, (_, number) => `k${number}`);
  const patient = ['p0', 'p1', 'p2'].map((letter) => `${name}-${letter}`);
  const hasty = `${name}-hasty`;
  provider.setCredits(6);
  await door.startBatch(name, keys);
  const waiting = patient.map((id) => door.make(id, { waitWhileHeld: true }));
  const first = await door.make(hasty);
  expect([SUCCEEDED.outcome, STOPPED.outcome]).toContain(first.outcome);
  await untilHeld(6);
  provider.setCredits(3);
  await door.resume();
  await untilHeld(9);
  expect(await door.make(`${name}-late`)).toEqual(STOPPED);
  provider.setCredits(PLENTY);
  await door.resume();
  expect((await Promise.all(waiting)).map(({ outcome }) => outcome)).toEqual(patient.map(() => 'succeeded'));
  expect((await door.untilEnded(name)).counts).toMatchObject({ total: 8, succeeded: 8 });
  await untilAccount('it goes on', ({ hold }) => hold === null);
  if (first.outcome === 'failed') expect(await door.make(hasty, { again: true })).toMatchObject(SUCCEEDED);
  expect(await door.make(`${name}-late`, { again: true })).toMatchObject(SUCCEEDED);
  const prompts = [
    ...keys.map((key) => formatRowPrompt(name, key)),
    ...[...patient, hasty, `${name}-late`].map(formatPrompt),
  ];
  expect(charges(prompts)).toEqual(once(prompts));
}
