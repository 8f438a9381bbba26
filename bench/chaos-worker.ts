/**
 * A worker like that of `imagepipeline worker`, with much shorter delays: a minute of backoff takes some ms, and a run of
 * the chaos suite takes seconds.
 */
import { readTemporalTarget } from '../connection/connection';
import { createLog } from '../telemetry';
import { installRuntime, parseWorkerSettings, startWorker } from '../worker';
import { TASK_QUEUE } from '../workflows/messages';
import { jumpOnSignal } from './chaos/jumping-clock';
import { slowFiles } from './chaos/slow-files';

const HURRY = 0.002;

async function main(): Promise<void> {
  // Before the activities are created, because they keep the clock.
  jumpOnSignal(process.env['CHAOS_CLOCK'] ?? '');
  slowFiles(process.env['CHAOS_SLOW_FILES'] ?? '');
  const settings = parseWorkerSettings(process.env, process.cwd());
  const target = readTemporalTarget(process.env);
  const log = createLog(settings.telemetry.log, (line) => process.stderr.write(line));
  installRuntime({ level: settings.telemetry.log.level, log });
  const worker = await startWorker({
    settings,
    connection: { ...target.config.connectionOptions, address: target.address },
    namespace: target.namespace,
    taskQueue: TASK_QUEUE,
    activities: { random: () => Math.random() * HURRY },
  });
  process.once('SIGTERM', () => void worker.stop());
  process.stdout.write('ready\n');
  await worker.stopped;
}

main().catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exitCode = 1;
});
