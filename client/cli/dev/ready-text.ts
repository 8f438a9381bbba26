/** What `dev` prints when everything runs. */
import { TASK_QUEUE } from '../../../workflows/messages';
import { DEFAULT_ADDRESS } from '../../connection';
import { toCommand } from '../invocation';
import type { Stack } from './stack';

export interface ReadyTerms {
  /** Why there are no callbacks, where there are none. */
  readonly callbacksOff: string;
  readonly dataDir: string;
  /** The store of a command without settings. */
  readonly defaultStore: string;
  /** How this process was called. */
  readonly program: string | undefined;
}

export function readyText(
  { server, emulator, gateway, api, worker, settings }: Stack,
  { callbacksOff, dataDir, defaultStore, program }: ReadyTerms,
): string {
  // What another shell has to set.
  const env = {
    ...(server.address === DEFAULT_ADDRESS ? {} : { TEMPORAL_ADDRESS: server.address }),
    // Who writes a batch's manifest must mean the same store as the worker.
    ...(settings === null || settings.store === defaultStore ? {} : { IMAGEPIPELINE_STORE: settings.store }),
  };
  const command = (words: string) => toCommand(words, { env, ...(program === undefined ? {} : { program }) });
  const rows: [string, string][] = [
    ['Temporal UI', server.uiUrl ?? '–'],
    ['Temporal server', `${server.address}, data in ${dataDir}`],
    ['ImagePipeline', emulator === null ? (settings?.baseUrl ?? '–') : `emulator at ${emulator.url}, nothing is paid`],
    ['Callbacks', gateway === null ? callbacksOff : callbackWords(gateway.url, settings?.callbacks?.url)],
    ...(api === null ? [] : ([['HTTP API', api.url]] as [string, string][])),
    ['Worker', worker === null ? workerHint(emulator, command('worker')) : `polls "${TASK_QUEUE}", log in worker.log`],
    ...(settings === null ? [] : ([['Results', settings.store]] as [string, string][])),
  ];
  const table = rows.map(([name, value]) => `  ${name.padEnd(16)} ${value}\n`).join('');
  return `${table}ready   try: ${command('generate "a red bicycle in the rain"')}   (Ctrl-C stops)\n`;
}

function callbackWords(url: string, askedFor = url): string {
  return askedFor === url ? `asked for, gateway at ${url}` : `asked for at ${askedFor}, which must lead to ${url}`;
}

function workerHint(emulator: Stack['emulator'], command: string): string {
  if (emulator === null) return `none; start one with: ${command}`;
  const { url, apiKey } = emulator;
  return `none; start one with: IMAGEPIPELINE_BASE_URL=${url} IMAGEPIPELINE_API_KEY=${apiKey} ${command}`;
}
