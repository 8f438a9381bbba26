import { connectTemporal, temporalTarget } from '../connection';
import { GATEWAY_RESULTS, type Gateway, parseGatewaySettings, startGateway } from '../gateway';
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
        'IMAGEPIPELINE_GATEWAY_HOST, IMAGEPIPELINE_ENCRYPTION_KEYS, IMAGEPIPELINE_CODEC_TOKEN, IMAGEPIPELINE_UI_ORIGIN, TEMPORAL_*',
    )
    .action(async (flags: Flags) => done(await runGateway(flags, context)));
};

async function runGateway({ gatewayPort }: Flags, { env, stdout, stderr }: CliContext): Promise<ExitCode> {
  const problems: string[] = [];
  const settings = parseGatewaySettings(withSecretFiles(env), gatewayPort, problems);
  if (settings === null) throw new UsageError(problems);
  const client = await connectTemporal(temporalTarget(env));
  const interrupts = catchInterrupts();
  try {
    const gateway = await startGateway(settings, client, (line) => stderr.write(`${line}\n`));
    const codec = settings.codec ? `, decodes for ${settings.codec.origin}` : '';
    stdout.write(`ready: takes callbacks at ${gateway.url}${codec}\n`);
    await aborted(interrupts.signal);
    stderr.write('stopping: callbacks under way are answered\n');
    await gateway.close();
    stderr.write(`${countersText(gateway)}\n`);
  } finally {
    interrupts.release();
    await client.connection.close();
  }
  return EXIT.done;
}

function countersText({ counters }: Gateway): string {
  const seen = GATEWAY_RESULTS.filter((result) => counters[result] > 0).map(
    (result) => `${counters[result]} ${result}`,
  );
  return `callbacks: ${seen.join(', ') || 'none'}`;
}
