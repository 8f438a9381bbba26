/**
 * A worker in a process of its own, to be killed. On SIGTERM it stops as `imagepipeline worker` does; the answer to the
 * submission whose prompt is `heldPrompt` is kept back until SIGUSR2.
 */
import { once } from 'node:events';
import { createImagePipelineApi, createUndiciTransport } from '../../activities';
import { createLog } from '../../telemetry';
import { installRuntime, startWorker } from '../../worker';
import type { WorkerProcessInput } from './worker-child';

async function main(): Promise<void> {
  const input: WorkerProcessInput = JSON.parse(process.argv[2] ?? '');
  const level = 'ERROR';
  installRuntime({ level, log: createLog({ format: 'text', level }, (line) => process.stderr.write(line)) });
  const released = once(process, 'SIGUSR2');
  const transport = createUndiciTransport();
  const real = createImagePipelineApi({ ...input.settings, transport: transport.send });
  const worker = await startWorker({
    ...input,
    connection: { address: input.address },
    namespace: 'default',
    activities: {
      random: () => 0.0005,
      api: {
        ...real,
        submit: async (operation, request) => {
          const verdict = await real.submit(operation, request);
          if (request['prompt'] === input.heldPrompt) await released;
          return verdict;
        },
      },
    },
  });
  process.once('SIGTERM', () => void worker.stop());
  process.stdout.write('ready\n');
  await worker.stopped;
  await transport.close();
}

main().catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exitCode = 1;
});
