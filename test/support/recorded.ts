/** The histories that are kept in the repository: what each one shows, and how it is made. */
import path from 'node:path';
import type { ItemHandle } from '../../client';
import { scriptFor, start } from './images';
import type { Rig } from './rig';
import { until } from './until';

export const HISTORIES = path.join(__dirname, '..', 'histories');

/** By the name of the file; each makes an image end in another way. */
export const RECORDINGS: Readonly<Record<string, (rig: Rig, id: string) => Promise<void>>> = {
  success: async (rig, id) => {
    await (await start(rig.client, id)).result();
  },
  'success-after-two-failures': async (rig, id) => {
    scriptFor(rig, id, { failJob: 'MODEL_ERROR', jobMs: 0 }, 1);
    scriptFor(rig, id, { failJob: 'INTERNAL_ERROR', jobMs: 0 }, 1);
    await (await start(rig.client, id)).result();
  },
  'success-after-refusals': async (rig, id) => {
    scriptFor(rig, id, { refuse: 'RATE_LIMIT_EXCEEDED' }, 2);
    await (await start(rig.client, id)).result();
  },
  failed: async (rig, id) => {
    scriptFor(rig, id, { failJob: 'INPUT_INVALID', jobMs: 0 });
    await awaitEnd(rig, id);
  },
  unknown: async (rig, id) => {
    scriptFor(rig, id, { on: 'submit', fault: 'reset-after-accept' });
    await awaitEnd(rig, id);
  },
  'cancelled-while-awaiting': async (rig, id) => {
    const handle = await awaited(rig, id, { jobMs: 4_000 });
    await handle.cancel();
    await handle.result();
  },
  'cancelled-now': async (rig, id) => {
    const handle = await awaited(rig, id, { never: true });
    await handle.cancel({ now: true });
    await handle.result().catch(() => undefined);
  },
  'cancelled-while-waiting-to-retry': async (rig, id) => {
    scriptFor(rig, id, { failJob: 'MODEL_UNAVAILABLE', jobMs: 0 });
    const handle = await start(rig.client, id);
    await until('it waits', async () => (await handle.status()).state === 'retrying');
    await handle.cancel();
    await handle.result().catch(() => undefined);
  },
};

async function awaited(rig: Rig, id: string, job: Parameters<typeof scriptFor>[2]): Promise<ItemHandle> {
  scriptFor(rig, id, job);
  const handle = await start(rig.client, id);
  await until('it is awaited', async () => (await handle.status()).state === 'running');
  return handle;
}

async function awaitEnd(rig: Rig, id: string): Promise<void> {
  await (await start(rig.client, id)).result().catch(() => undefined);
}
