/** The three ways to have images made, with the same verbs: the library, the command line and the HTTP API. */

import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { BatchStatus, ImagePipelineClient } from '../../client';
import { ImagePipelineError } from '../../client';
import { runInside } from '../cli/cli-inside';
import { AUTHORIZED, startTestApi } from '../gateway/api-harness';
import { formatPrompt, SMALL } from '../support/images';
import type { ProviderRig } from '../support/rig';
import { tempFolder } from '../support/temp-folder';
import { until } from '../support/until';

interface Terms {
  readonly waitWhileHeld?: true;
  readonly again?: true;
}

interface Ended {
  readonly outcome: string;
  readonly code: string | null;
  /** It is said that no other item of the account would fare better. */
  readonly isAccountStopped: boolean;
}

type Seen = Pick<BatchStatus, 'state' | 'pausedBy' | 'hold' | 'reason' | 'counts' | 'failures' | 'possibleDuplicates'>;

export interface Door {
  /** Makes an image; resolves with its end. */
  make(id: string, terms?: Terms): Promise<Ended>;
  /** Resolves as soon as the batch is recorded. */
  startBatch(id: string, keys: readonly string[]): Promise<void>;
  batchStatus(id: string): Promise<Seen>;
  /** Resolves when the batch waits for people, with nothing in flight. */
  untilStuck(id: string): Promise<Seen>;
  untilEnded(id: string): Promise<Seen>;
  resume(): Promise<void>;
}

export type DoorName = 'library' | 'command line' | 'HTTP API';

/** What a door leads into, as one account. */
export interface House extends Pick<ProviderRig, 'server' | 'store'> {
  readonly client: ImagePipelineClient;
}

export const DOORS: Readonly<Record<DoorName, (house: House) => Promise<Door>>> = {
  library: async (house) => libraryDoor(house),
  'command line': async (house) => commandLineDoor(house),
  'HTTP API': httpDoor,
};

export function formatRowPrompt(batch: string, key: string): string {
  return `a picture of ${key} for the batch ${batch}.`;
}

const isStuck = ({ state, counts }: Seen) => state === 'paused' && counts.running === 0;

function formatCsv(batch: string, keys: readonly string[]): string {
  const rows = keys.map((key) => `${key},${formatRowPrompt(batch, key)},32,32,png`);
  return ['key,prompt,width,height,output_format', ...rows, ''].join('\n');
}

function libraryDoor({ client, server, store }: House): Door {
  const batch = (id: string) => client.batch(id);
  const atTerminal = terminal({ client, server, store });
  return {
    make: async (id, terms = {}) => {
      const image = await client.startImage({ id, request: { prompt: formatPrompt(id), ...SMALL }, ...terms });
      const error: unknown = await image.result().catch((reason: unknown) => reason);
      if (!(error instanceof ImagePipelineError)) return SUCCEEDED;
      return { outcome: error.outcome, code: error.code, isAccountStopped: error.scope === 'account' };
    },
    // A file of rows is read by the command line only: the library starts what is in the store.
    startBatch: atTerminal.startBatch,
    batchStatus: (id) => batch(id).status(),
    untilStuck: (id) =>
      until('the batch waits', async () => {
        const status = await batch(id).status();
        return isStuck(status) ? status : null;
      }),
    untilEnded: (id) => batch(id).result(),
    resume: async () => {
      await client.account().resume();
    },
  };
}

const SUCCEEDED: Ended = { outcome: 'succeeded', code: null, isAccountStopped: false };
/** Exit codes of the command line. */
const [DONE, ACCOUNT_STOPPED] = [0, 4];

function terminal({ client, server, store }: House) {
  const folder = tempFolder();
  const account = client.account().name;
  const env = { ...server.env, IMAGEPIPELINE_STORE: store, IMAGEPIPELINE_ACCOUNT: account };
  const run = (...args: readonly string[]) => runInside(args, folder, env);
  return {
    run,
    startBatch: async (id: string, keys: readonly string[]) => {
      writeFileSync(path.join(folder, `${id}.csv`), formatCsv(id, keys));
      expect(await run('batch', `${id}.csv`, '--id', id, '--detach')).toMatchObject({ code: DONE });
    },
  };
}

function commandLineDoor(house: House): Door {
  const { run, startBatch } = terminal(house);
  const size = ['--width', '32', '--height', '32', '--output-format', 'png'];
  /** The same command finds the batch and shows it until it has ended or is stuck. */
  const follow = async (id: string, code: number): Promise<Seen> => {
    const finished = await run('batch', `${id}.csv`, '--id', id, '--json');
    expect(finished).toMatchObject({ code });
    if (code === ACCOUNT_STOPPED) expect(finished.stderr).toContain('imagepipeline account resume');
    return JSON.parse(finished.stdout);
  };
  return {
    make: async (id, { waitWhileHeld, again } = {}) => {
      const flags = [...(waitWhileHeld ? ['--wait-for-account'] : []), ...(again ? ['--again'] : [])];
      const { code: exit, stdout } = await run('generate', formatPrompt(id), ...size, '--id', id, '--json', ...flags);
      const { outcome, code } = JSON.parse(stdout);
      expect(exit === DONE).toBe(outcome === 'succeeded');
      return { outcome, code, isAccountStopped: exit === ACCOUNT_STOPPED };
    },
    startBatch,
    batchStatus: async (id) => JSON.parse((await run('status', id, '--json')).stdout),
    untilStuck: (id) => follow(id, ACCOUNT_STOPPED),
    untilEnded: (id) => follow(id, DONE),
    resume: async () => {
      expect(await run('account', 'resume')).toMatchObject({ code: DONE });
    },
  };
}

async function httpDoor(house: House): Promise<Door> {
  const { url } = await startTestApi(house, {});
  const ask = async (method: string, where: string, type = 'application/json', body?: string) => {
    const headers = { ...AUTHORIZED, ...(body === undefined ? {} : { 'content-type': type }) };
    const answer = await fetch(`${url}/v1/${where}`, { method, headers, ...(body === undefined ? {} : { body }) });
    const seen = JSON.parse(await answer.text());
    expect([answer.status, seen]).toEqual([method === 'POST' ? 202 : 200, expect.anything()]);
    return seen;
  };
  const batchStatus = (id: string): Promise<Seen> => ask('GET', `batches/${id}`);
  const untilBatch = (what: string, id: string, wanted: (status: Seen) => boolean) =>
    until(what, async () => {
      const status = await batchStatus(id);
      return wanted(status) ? status : null;
    });
  return {
    make: async (id, terms = {}) => {
      const body = JSON.stringify({ id, request: { prompt: formatPrompt(id), ...SMALL }, ...terms });
      await ask('POST', 'images', 'application/json', body);
      const { outcome, code, remedy } = await until('it has ended', async () => (await ask('GET', `images/${id}`)).end);
      return { outcome, code, isAccountStopped: /^Top up credits/.test(remedy ?? '') };
    },
    startBatch: async (id, keys) => {
      await ask('POST', `batches?id=${id}`, 'text/csv', formatCsv(id, keys));
    },
    batchStatus,
    untilStuck: (id) => untilBatch('the batch waits', id, isStuck),
    untilEnded: (id) => untilBatch('the batch has ended', id, ({ state }) => state !== 'running' && state !== 'paused'),
    // An operator's command: the HTTP API has none for it.
    resume: async () => {
      expect(await terminal(house).run('account', 'resume')).toMatchObject({ code: DONE });
    },
  };
}
