import {
  type Api,
  type ApiSettings,
  GATEWAY_RESULTS,
  type Gateway,
  parseApiSettings,
  parseGatewaySettings,
  startApi,
  startGateway,
} from '../gateway';
import { ImagePipelineClient } from '../image-pipeline-client';
import { openStore } from '../store';
import type { AddCommand } from './command';
import type { CliContext } from './context';
import { EXIT, type ExitCode } from './exit-codes';
import { aborted, catchInterrupts } from './interrupts';
import { withSecretFiles } from './secret-files';
import { UsageError } from './usage-error';

interface Flags {
  readonly gatewayPort?: string;
}

/** Adds `imagepipeline gateway`. */
export const addGatewayCommand: AddCommand = (program, context, done) => {
  program
    .command('gateway')
    .description("take the provider's callbacks and tell the workflows; serve the HTTP API if it has tokens")
    .option('--gateway-port <port>', 'to listen on; 0 picks a free one (default: IMAGEPIPELINE_GATEWAY_PORT, or 8234)')
    .addHelpText(
      'after',
      '\nSettings: IMAGEPIPELINE_CALLBACK_SECRET or IMAGEPIPELINE_CALLBACK_SECRET_FILE, IMAGEPIPELINE_GATEWAY_PORT, ' +
        'IMAGEPIPELINE_GATEWAY_HOST, IMAGEPIPELINE_ENCRYPTION_KEYS, IMAGEPIPELINE_CODEC_TOKEN, IMAGEPIPELINE_UI_ORIGIN, TEMPORAL_*\n' +
        'Of the HTTP API: IMAGEPIPELINE_API_TOKENS or IMAGEPIPELINE_API_TOKENS_FILE, IMAGEPIPELINE_API_PORT, IMAGEPIPELINE_API_HOST, ' +
        'IMAGEPIPELINE_API_MAX_BODY_MB, IMAGEPIPELINE_API_MAX_RATE, IMAGEPIPELINE_STORE, IMAGEPIPELINE_ACCOUNT',
    )
    .action(async (flags: Flags) => done(await runGateway(flags, context)));
};

async function runGateway({ gatewayPort }: Flags, context: CliContext): Promise<ExitCode> {
  const { stdout, stderr } = context;
  const env = withSecretFiles(context.env);
  const problems: string[] = [];
  const settings = parseGatewaySettings(env, gatewayPort, problems);
  const apiSettings = parseApiSettings(env, problems);
  if (settings === null || problems.length > 0) throw new UsageError(problems);
  const client = await ImagePipelineClient.connect({ env });
  const interrupts = catchInterrupts();
  try {
    const gateway = await startGateway(settings, client.temporal, (line) => stderr.write(`${line}\n`));
    const api = apiSettings === null ? null : await startApiBeside(gateway, apiSettings, client, context);
    const codec = settings.codec ? `, decodes for ${settings.codec.origin}` : '';
    const served = api === null ? '' : `, serves the API at ${api.url}`;
    stdout.write(`ready: takes callbacks at ${gateway.url}${codec}${served}\n`);
    await aborted(interrupts.signal);
    stderr.write('stopping: callbacks and requests under way are answered\n');
    await Promise.all([api?.close(), gateway.close()]);
    stderr.write(`${countersText(gateway)}\n`);
  } finally {
    interrupts.release();
    await client.close();
  }
  return EXIT.done;
}

/** Or neither of them. */
async function startApiBeside(
  gateway: Gateway,
  settings: ApiSettings,
  client: ImagePipelineClient,
  { env, cwd, stderr }: CliContext,
): Promise<Api> {
  try {
    const store = openStore(env, cwd);
    const api = await startApi(settings, client, store, (line) => stderr.write(`${line}\n`));
    return { url: api.url, close: () => api.close().finally(() => store.close()) };
  } catch (error) {
    await gateway.close();
    throw error;
  }
}

function countersText({ counters }: Gateway): string {
  const seen = GATEWAY_RESULTS.filter((result) => counters[result] > 0).map(
    (result) => `${counters[result]} ${result}`,
  );
  return `callbacks: ${seen.join(', ') || 'none'}`;
}
