/**
 * A worker in a process of its own. On SIGTERM it stops as `imagepipeline worker` does; when the process that started it is
 * gone, so is this one. The answer to the submission whose prompt is `heldPrompt` is kept back until SIGUSR2.
 */
import { once } from 'node:events';
import type { ImagePipelineApi } from '../../activities';
import { startRigWorker } from './rig-worker';
import type { WorkerProcessInput } from './worker-child';

async function main(): Promise<void> {
  const { heldPrompt, ...options }: WorkerProcessInput = JSON.parse(process.argv[2] ?? '');
  const released = once(process, 'SIGUSR2');
  const holdBack = (real: ImagePipelineApi): ImagePipelineApi => ({
    ...real,
    submit: async (operation, request) => {
      const verdict = await real.submit(operation, request);
      if (request['prompt'] === heldPrompt) await released;
      return verdict;
    },
  });
  const worker = await startRigWorker(options, { api: holdBack });
  process.once('SIGTERM', () => void worker.stop());
  process.stdin
    .once('end', () => process.exit(1))
    .resume()
    .unref();
  process.stdout.write('ready\n');
  await worker.stopped;
}

main().catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exitCode = 1;
});
