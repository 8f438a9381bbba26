import type { Client } from '@temporalio/client';
import { createLog, type MetricsSettings, type PrivateServer, parseTelemetrySettings } from '../../telemetry';
import { connectTemporal, temporalTarget } from '../connection';
import { GATEWAY_RESULTS, type Gateway, parseGatewaySettings, startGateway, watchGateway } from '../gateway';
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
    .description("take the provider's callbacks and tell the workflows, until it is stopped")
    .option('--gateway-port <port>', 'to listen on; 0 picks a free one (default: IMAGEPIPELINE_GATEWAY_PORT, or 8234)')
    .addHelpText(
      'after',
      '\nSettings: IMAGEPIPELINE_CALLBACK_SECRET or IMAGEPIPELINE_CALLBACK_SECRET_FILE, IMAGEPIPELINE_GATEWAY_PORT, ' +
        'IMAGEPIPELINE_GATEWAY_HOST, IMAGEPIPELINE_METRICS_PORT, IMAGEPIPELINE_METRICS_HOST, IMAGEPIPELINE_LOG_FORMAT, ' +
        'IMAGEPIPELINE_LOG_LEVEL, IMAGEPIPELINE_ENCRYPTION_KEYS, IMAGEPIPELINE_CODEC_TOKEN, IMAGEPIPELINE_UI_ORIGIN, TEMPORAL_*',
    )
    .action(async (flags: Flags) => done(await runGateway(flags, context)));
};

async function runGateway({ gatewayPort }: Flags, { env, stdout, stderr }: CliContext): Promise<ExitCode> {
  const problems: string[] = [];
  const settings = parseGatewaySettings(withSecretFiles(env), gatewayPort, problems);
  const telemetry = parseTelemetrySettings(env, problems);
  if (settings === null || problems.length > 0) throw new UsageError(problems);
  const client = await connectTemporal(temporalTarget(env));
  const interrupts = catchInterrupts();
  const log = createLog(telemetry.log, (line) => stderr.write(line));
  try {
    const gateway = await startGateway(settings, client, (line) => log('WARN', line));
    const watched = await watchedOrClosed(telemetry.metrics, gateway, client);
    if (watched !== null) stdout.write(`health and metrics at ${watched.url}\n`);
    const codec = settings.codec ? `, decodes for ${settings.codec.origin}` : '';
    stdout.write(`ready: takes callbacks at ${gateway.url}${codec}\n`);
    await aborted(interrupts.signal);
    stderr.write('stopping: callbacks under way are answered\n');
    await gateway.close();
    await watched?.close();
    stderr.write(`${countersText(gateway)}\n`);
  } finally {
    interrupts.release();
    await client.connection.close();
  }
  return EXIT.done;
}

async function watchedOrClosed(
  metrics: MetricsSettings | null,
  gateway: Gateway,
  client: Client,
): Promise<PrivateServer | null> {
  try {
    return metrics === null ? null : await watchGateway(metrics, gateway, client);
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
