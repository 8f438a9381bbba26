import type { StoreUnavailable } from '../../activities/store';
import { connectTemporal, readTemporalTarget } from '../../connection/connection';
import { followSecretFile } from '../../input/secret-files';
import { createLog } from '../../telemetry';
import { installRuntime, parseWorkerSettings, type RunningWorker, reserveCounts, startWorker } from '../../worker';
import { SERVICE_NAME } from '../../workflows/domain/base/nexus-names';
import { TASK_QUEUE } from '../../workflows/messages';
import type { AddCommand } from '../command';
import type { CliContext } from '../context';
import { EXIT, type ExitCode } from '../exit-codes';
import { waitForAbort } from '../terminal/interrupts';
import { formatPendingPosts } from './pending-posts-text';
import { withSecretFiles } from './secret-files';
import { catchStopSignals } from './stop-signals';

/** Adds `imagepipeline worker`. */
export const addWorkerCommand: AddCommand = (program, context, done) => {
  program
    .command('worker')
    .description('run a worker until it is stopped')
    .addHelpText(
      'after',
      '\nSettings: IMAGEPIPELINE_API_KEY or IMAGEPIPELINE_API_KEY_FILE, IMAGEPIPELINE_BASE_URL, IMAGEPIPELINE_STORE, ' +
        'IMAGEPIPELINE_ENCRYPTION_KEYS, IMAGEPIPELINE_NOTIFY_SECRET, IMAGEPIPELINE_DEPLOYMENT, IMAGEPIPELINE_BUILD_ID, IMAGEPIPELINE_METRICS_PORT, IMAGEPIPELINE_METRICS_HOST, IMAGEPIPELINE_LOG_FORMAT, ' +
        'IMAGEPIPELINE_LOG_LEVEL, OTEL_*, TEMPORAL_*',
    )
    .option(
      '--nexus',
      'also serve the Nexus service, for callers in other namespaces; see "imagepipeline setup --help"',
    )
    .action(async (flags: WorkerFlags) => done(await runWorker(context, flags)));
};

interface WorkerFlags {
  readonly nexus?: true;
}

async function runWorker(
  { env, cwd, stdout, stderr, traced = false }: CliContext,
  { nexus = false }: { readonly nexus?: boolean },
): Promise<ExitCode> {
  const parsed = parseWorkerSettings(withSecretFiles(env), cwd);
  const readApiKey = followSecretFile(env, 'IMAGEPIPELINE_API_KEY', parsed.apiKey);
  const settings = { ...parsed, ...(readApiKey === null ? {} : { readApiKey }) };
  const target = readTemporalTarget(env);
  // The native connection's error names neither the address nor a remedy.
  await (await connectTemporal(target)).connection.close();
  const { telemetry, deployment } = settings;
  const { log, metrics } = telemetry;
  const write = (line: string) => stderr.write(line);
  const counts = metrics === null ? null : await reserveCounts();
  installRuntime({ level: log.level, log: createLog(log, write), counts });
  let worker: RunningWorker | null = null;
  const interrupts = catchStopSignals({ ...formatPendingPosts(() => worker?.pendingPosts() ?? null), write });
  worker = await startWorker({
    settings,
    connection: { ...target.config.connectionOptions, address: target.address },
    namespace: target.namespace,
    taskQueue: TASK_QUEUE,
    deployment,
    nexus,
    traced,
    watch: metrics === null || counts === null ? null : { ...metrics, counts },
    storeWait: { report: (problem) => write(formatWaiting(problem)), signal: interrupts.signal },
  });
  if (interrupts.signal.aborted) {
    await worker.stop();
    interrupts.release();
    return EXIT.done;
  }
  if (worker.watchUrl !== null) stdout.write(`health and metrics at ${worker.watchUrl}\n`);
  if (deployment !== null) {
    const { deploymentName, buildId } = deployment;
    stdout.write(
      `version ${deploymentName}:${buildId}: receives new work once it is the deployment's current version\n`,
    );
  }
  if (nexus) stdout.write(`serves the Nexus service "${SERVICE_NAME}" on task queue "${TASK_QUEUE}"\n`);
  stdout.write(`ready: polls task queue "${TASK_QUEUE}" at ${target.address}, results go to ${settings.store}\n`);
  await Promise.race([worker.stopped, waitForAbort(interrupts.signal)]);
  stderr.write('stopping: requests in progress finish; the next worker takes over the jobs\n');
  await worker.stop();
  interrupts.release();
  return EXIT.done;
}

function formatWaiting({ message, remedy }: StoreUnavailable): string {
  const step = message.includes(remedy) ? '' : `; ${remedy}`;
  return `not ready, takes no work and retries in 5 s: ${message}${step}\n`;
}
