/** What `dev` prints when everything runs. */
import path from 'node:path';
import { DEFAULT_ADDRESS } from '../../client/temporal/connection';
import { TASK_QUEUE } from '../../workflows/messages';
import { toCommand } from '../invocation';
import type { Stack } from './stack';

export interface ReadyTerms {
  /** Why there are no callbacks, where there are none. */
  readonly callbacksOff: string;
  readonly dataDir: string;
  /** The store of a command without settings. */
  readonly defaultStore: string;
  /** What a worker beside it has to be told of callbacks. */
  readonly callbacks: Readonly<Record<string, string>>;
  /** How this process was called. */
  readonly program: string | undefined;
}

export function formatReady(
  { server, emulator, gateway, api, worker, settings, store }: Stack,
  { callbacksOff, callbacks, dataDir, defaultStore, program }: ReadyTerms,
): string {
  // What another shell has to set.
  const env = {
    ...(server.address === DEFAULT_ADDRESS ? {} : { TEMPORAL_ADDRESS: server.address }),
    // Who writes a batch's manifest must mean the same store as the worker.
    ...(store === defaultStore ? {} : { IMAGEPIPELINE_STORE: store }),
  };
  const caller = { env, ...(program === undefined ? {} : { program }) };
  const provider =
    emulator === null ? {} : { IMAGEPIPELINE_BASE_URL: emulator.url, IMAGEPIPELINE_API_KEY: emulator.apiKey };
  const rows: [string, string][] = [
    ['Temporal UI', server.uiUrl ?? '–'],
    ['Temporal server', `${server.address}, data in ${dataDir}`],
    ['ImagePipeline', emulator === null ? (settings?.baseUrl ?? '–') : `emulator at ${emulator.url}, nothing is paid`],
    ['Callbacks', gateway === null ? callbacksOff : formatCallbacks(gateway.url, settings?.callbacks?.url)],
    ...(api === null ? [] : ([['HTTP API', api.url]] as [string, string][])),
    [
      'Worker',
      worker === null
        ? `none; start one with: ${toCommand('worker', caller, { ...provider, ...callbacks })}`
        : `polls "${TASK_QUEUE}", log in ${path.join(dataDir, 'worker.log')}`,
    ],
    ['Results', store],
  ];
  const table = rows.map(([name, value]) => `  ${name.padEnd(16)} ${value}\n`).join('');
  return `${table}ready   try: ${toCommand('generate "a red bicycle in the rain"', caller)}   (Ctrl-C stops)\n`;
}

function formatCallbacks(url: string, askedFor = url): string {
  return askedFor === url ? `asked for, gateway at ${url}` : `asked for at ${askedFor}, which must lead to ${url}`;
}
