import { ImagePipelineClient } from '../../client/client';
import { openStore } from '../../client/open-store';
import {
  type Api,
  type ApiSettings,
  GATEWAY_RESULTS,
  type Gateway,
  type GatewaySettings,
  parseApiSettings,
  parseGatewaySettings,
  startApi,
  startGateway,
  watchGateway,
} from '../../gateway';
import { createLog, type Log, parseTelemetrySettings, type TelemetrySettings } from '../../telemetry';
import { formatCount } from '../../workflows/domain/base/format-count';
import type { AddCommand } from '../command';
import type { CliContext } from '../context';
import { EXIT, type ExitCode } from '../exit-codes';
import { waitForAbort } from '../terminal/interrupts';
import { UsageError } from '../usage-error';
import { addTokenCommand } from './gateway-token';
import { withSecretFiles } from './secret-files';
import { catchStopSignals } from './stop-signals';

interface GatewayFlags {
  readonly gatewayPort?: string;
  readonly dashboard: boolean;
}

/** Adds `imagepipeline gateway`. */
export const addGatewayCommand: AddCommand = (program, context, done) => {
  const gateway = program
    .command('gateway')
    .description("run the gateway: forward the provider's callbacks to workflows, serve the HTTP API")
    .option(
      '--gateway-port <port>',
      'port to listen on; 0 picks a free one (default: IMAGEPIPELINE_GATEWAY_PORT, or 8234)',
    )
    .option('--no-dashboard', 'serve the HTTP API without the dashboard')
    .addHelpText(
      'after',
      '\nSettings: IMAGEPIPELINE_CALLBACK_SECRET or IMAGEPIPELINE_CALLBACK_SECRET_FILE, IMAGEPIPELINE_GATEWAY_PORT, ' +
        'IMAGEPIPELINE_GATEWAY_HOST, IMAGEPIPELINE_METRICS_PORT, IMAGEPIPELINE_METRICS_HOST, IMAGEPIPELINE_LOG_FORMAT, ' +
        'IMAGEPIPELINE_LOG_LEVEL, IMAGEPIPELINE_ENCRYPTION_KEYS, IMAGEPIPELINE_CODEC_TOKEN, IMAGEPIPELINE_UI_ORIGIN, TEMPORAL_*\n' +
        'The HTTP API reads IMAGEPIPELINE_API_TOKENS or IMAGEPIPELINE_API_TOKENS_FILE, IMAGEPIPELINE_API_PORT, IMAGEPIPELINE_API_HOST, ' +
        'IMAGEPIPELINE_API_MAX_BODY_MB, IMAGEPIPELINE_API_MAX_RATE, IMAGEPIPELINE_TEMPORAL_UI_URL, IMAGEPIPELINE_STORE, IMAGEPIPELINE_ACCOUNT',
    )
    .action(async (flags: GatewayFlags) => done(await runGateway(flags, context)));
  addTokenCommand(gateway, context, done);
};

async function runGateway({ gatewayPort, dashboard }: GatewayFlags, context: CliContext): Promise<ExitCode> {
  const { stdout, stderr } = context;
  const env = withSecretFiles(context.env);
  const { api, ...others } = settingsFrom(env, gatewayPort, context.env);
  const settings = { ...others, api: api !== null && !dashboard ? { ...api, dashboard: null } : api };
  const client = await ImagePipelineClient.connect({ env, cwd: context.cwd });
  const write = (text: string) => stderr.write(text);
  let running: Running | null = null;
  const interrupts = catchStopSignals({
    waiting: () => `waiting for the answers to ${formatCount(running?.pending() ?? 0, 'request')}`,
    cost: () =>
      `${formatCount(running?.pending() ?? 0, 'request')} had no answer yet; the provider repeats its callbacks, and clients may retry`,
    write,
  });
  try {
    const log = createLog(settings.telemetry.log, write);
    running = await startAll(settings, client, { ...context, env }, log);
    const { gateway, words, close } = running;
    for (const line of words) stdout.write(`${line}\n`);
    await waitForAbort(interrupts.signal);
    stderr.write('stopping: answering the callbacks and requests in progress\n');
    await close();
    stderr.write(`${formatCounters(gateway)}\n`);
  } finally {
    interrupts.release();
    await client.close();
  }
  return EXIT.done;
}

interface Settings {
  readonly callbacks: GatewaySettings;
  readonly telemetry: TelemetrySettings;
  readonly api: ApiSettings | null;
}

/**
 * @param given the environment before secrets were read from their files
 * @throws UsageError with every problem
 */
function settingsFrom(env: CliContext['env'], port: string | undefined, given: CliContext['env']): Settings {
  const problems: string[] = [];
  const callbacks = parseGatewaySettings(env, port, problems);
  const telemetry = parseTelemetrySettings(env, problems);
  const api = parseApiSettings(env, problems, given);
  if (callbacks === null || problems.length > 0) throw new UsageError(problems);
  return { callbacks, telemetry, api };
}

interface Running {
  readonly gateway: Gateway;
  readonly words: readonly string[];
  /** The number of requests without a complete answer. */
  pending(): number;
  close(): Promise<void>;
}

/** Starts all servers, or none. */
async function startAll(
  { callbacks, telemetry, api }: Settings,
  client: ImagePipelineClient,
  context: CliContext,
  log: Log,
): Promise<Running> {
  const warn = (line: string) => log('WARN', line);
  const gateway = await startGateway(callbacks, client.temporal, warn);
  const closers = [() => gateway.close()];
  const close = async () => {
    for (const end of closers.splice(0).reverse()) await end();
  };
  const words: string[] = [];
  try {
    if (telemetry.metrics !== null) {
      const watched = await watchGateway(telemetry.metrics, gateway, client.temporal);
      closers.push(() => watched.close());
      words.push(`health and metrics at ${watched.url}`);
    }
    const codec = callbacks.codec ? `, decodes for ${callbacks.codec.origin}` : '';
    const served = api === null ? null : await serveApi(api, client, context, warn, closers);
    const taken =
      callbacks.secrets === null
        ? 'accepts no callbacks (IMAGEPIPELINE_CALLBACK_SECRET is not set)'
        : `accepts callbacks at ${gateway.url}`;
    words.push(...(served?.dashboardUrl == null ? [] : [`dashboard at ${served.dashboardUrl}`]));
    words.push(`ready: ${taken}${codec}${served === null ? '' : `, serves the API at ${served.url}`}`);
    return { gateway, words, close, pending: () => gateway.pending() + (served?.pending() ?? 0) };
  } catch (error) {
    await close();
    throw error;
  }
}

async function serveApi(
  settings: ApiSettings,
  client: ImagePipelineClient,
  { env, cwd }: CliContext,
  warn: (line: string) => void,
  closers: (() => Promise<void>)[],
): Promise<Api> {
  const store = openStore(env, cwd);
  closers.push(() => store.close());
  // Uploaded batches are written there.
  await store.check();
  const api = await startApi(settings, client, store, warn);
  closers.push(() => api.close());
  return api;
}

function formatCounters({ counters }: Gateway): string {
  const seen = GATEWAY_RESULTS.filter((result) => counters[result] > 0).map(
    (result) => `${counters[result]} ${result}`,
  );
  return `callbacks: ${seen.join(', ') || 'none'}`;
}
