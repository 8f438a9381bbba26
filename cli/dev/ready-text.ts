/** The text that `dev` prints once everything runs. */
import path from 'node:path';
import { DEFAULT_ADDRESS } from '../../connection/connection';
import { TASK_QUEUE } from '../../workflows/messages';
import { toCommand } from '../invocation';
import type { Stack } from './stack';

interface ReadyTerms {
  /** Why no callbacks are requested. Used only if there is no gateway. */
  readonly callbacksOff: string;
  readonly dataDir: string;
  /** The store that a command uses if IMAGEPIPELINE_STORE is not set. */
  readonly defaultStore: string;
  /** The callback settings of a worker beside `dev`. */
  readonly callbacks: Readonly<Record<string, string>>;
  /** How this process was called, without arguments, for instance `npx imagepipeline`. */
  readonly program: string | undefined;
}

export function formatReady(
  { server, emulator, gateway, api, worker, settings, store }: Stack,
  { callbacksOff, callbacks, dataDir, defaultStore, program }: ReadyTerms,
): string {
  // The settings that another shell needs.
  const env = {
    ...(server.address === DEFAULT_ADDRESS ? {} : { TEMPORAL_ADDRESS: server.address }),
    // The command that writes a batch's manifest must use the worker's store.
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
    ...formatApi(api),
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

function formatApi(api: Stack['api']): [string, string][] {
  const rows: [string, string][] = [];
  if (api?.dashboard) rows.push(['Dashboard', formatDashboard(api.dashboard)]);
  if (api?.hasTokens) rows.push(['HTTP API', api.url]);
  return rows;
}

function formatDashboard({ url, signInUrl }: { readonly url: string; readonly signInUrl: string | null }): string {
  return signInUrl === null ? `${url}, sign in with a token` : `${signInUrl}   (signs in once, for 15 minutes)`;
}

function formatCallbacks(url: string, askedFor = url): string {
  return askedFor === url ? `requested, gateway at ${url}` : `requested at ${askedFor}, which must forward to ${url}`;
}
