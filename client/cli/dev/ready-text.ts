/** What `dev` prints when everything runs. */
import { TASK_QUEUE } from '../../../workflows/messages';
import { DEFAULT_ADDRESS } from '../../connection';
import type { Stack } from './stack';

export function readyText(
  { server, emulator, gateway, api, worker, settings }: Stack,
  callbacksOff: string,
  dataDir: string,
  defaultStore: string,
): string {
  const rows: [string, string][] = [
    ['Temporal UI', server.uiUrl ?? '–'],
    ['Temporal server', `${server.address}, data in ${dataDir}`],
    ['ImagePipeline', emulator === null ? (settings?.baseUrl ?? '–') : `emulator at ${emulator.url}, nothing is paid`],
    ['Callbacks', gateway === null ? callbacksOff : callbackWords(gateway.url, settings?.callbacks?.url)],
    ...(api === null ? [] : ([['HTTP API', api.url]] as [string, string][])),
    ['Worker', worker === null ? workerHint(emulator) : `polls "${TASK_QUEUE}", log in worker.log`],
    ...(settings === null ? [] : ([['Results', settings.store]] as [string, string][])),
  ];
  const table = rows.map(([name, value]) => `  ${name.padEnd(16)} ${value}\n`).join('');
  const prefix = [
    ...(server.address === DEFAULT_ADDRESS ? [] : [`TEMPORAL_ADDRESS=${server.address} `]),
    // Who writes a batch's manifest must mean the same store as the worker.
    ...(settings === null || settings.store === defaultStore ? [] : [`IMAGEPIPELINE_STORE=${settings.store} `]),
  ].join('');
  return `${table}ready   try: ${prefix}npx imagepipeline generate "a red bicycle in the rain"   (Ctrl-C stops)\n`;
}

function callbackWords(url: string, askedFor = url): string {
  return askedFor === url ? `asked for, gateway at ${url}` : `asked for at ${askedFor}, which must lead to ${url}`;
}

function workerHint(emulator: Stack['emulator']): string {
  if (emulator === null) return 'none; start one with: npx imagepipeline worker';
  const { url, apiKey } = emulator;
  return `none; start one with: IMAGEPIPELINE_BASE_URL=${url} IMAGEPIPELINE_API_KEY=${apiKey} npx imagepipeline worker`;
}
