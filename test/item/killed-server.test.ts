/** The Temporal server is killed just as the answer to the POST of a single item is lost: it stays one POST. */
import { setTimeout as sleep } from 'node:timers/promises';
import { start } from '../support/images';
import { type LastingRig, startLastingRig } from '../support/lasting-rig';

/** Shorter and longer than the SDK's patience with a server (about 9 s) and than the heartbeat timeout (15 s). */
const AWAY_MS = [5_000, 9_500, 11_000, 14_000, 20_000] as const;

interface Seen {
  readonly posts: number;
  readonly accepted: number;
  readonly outcome: string;
  readonly code: string | null;
  readonly submissions: number;
}

const seen = new Map<number, Seen>();

/** Together, for each mostly waits. */
beforeAll(async () => {
  await Promise.all(AWAY_MS.map(async (ms) => seen.set(ms, await withoutServerFor(ms))));
});

async function withoutServerFor(awayMs: number): Promise<Seen> {
  const { promise: isBack, resolve: startsAgain } = deferred<void>();
  let isLost = false;
  const killOnce = async (rig: LastingRig) => {
    if (isLost) return;
    isLost = true;
    await rig.killServer();
    startsAgain(sleep(awayMs).then(() => rig.startServer()));
  };
  const rig = await startLastingRig({
    api: (real, current) => ({
      ...real,
      submit: async (operation, request) => {
        const verdict = await real.submit(operation, request);
        if (verdict.kind === 'unknown') await killOnce(current());
        return verdict;
      },
    }),
  });
  try {
    rig.emulator.script({ times: 1, then: { fault: 'reset-after-accept', on: 'submit' } });
    const handle = await start(rig.client, 'lost');
    await isBack;
    const { outcome, code, submissions } = await handle.report();
    const { submits: posts, accepted } = rig.emulator.ledger();
    return { posts, accepted, outcome, code, submissions: submissions.length };
  } finally {
    await rig.close();
  }
}

function deferred<T>() {
  let resolve: (value: T | Promise<T>) => void = () => undefined;
  const promise = new Promise<T>((given) => {
    resolve = given;
  });
  return { promise, resolve };
}

test.each(AWAY_MS)('for %i ms', (awayMs) => {
  const once = { posts: 1, accepted: 1, submissions: 1 };
  expect(seen.get(awayMs)).toEqual({ ...once, outcome: 'unknown', code: 'SUBMIT_OUTCOME_UNKNOWN' });
});
