/** What the worker of a rig is, and how it is run: in the process of the test, or by processes of their own. */
import type { ActivityOptions, ImagePipelineApi } from '../../activities';
import { createImagePipelineApi, createUndiciTransport } from '../../activities';
import { encryptionKeysFrom } from '../../payloads';
import { type RunningWorker, startWorker, type WorkerSettings } from '../../worker';
import { TASK_QUEUE } from '../../workflows/messages';
import { quiet } from './quiet';
import { testWorkflowCode } from './workflow-code';

/** All of a worker that can be written down, and so be told to another process. */
export interface RigWorkerOptions {
  readonly settings: Omit<WorkerSettings, 'encryption'>;
  /** IMAGEPIPELINE_ENCRYPTION_KEYS; empty: payloads are not encrypted. */
  readonly encryption: string;
  readonly address: string;
  readonly namespace: string;
  /** What share of its bound a delay lasts, 0 to 1. */
  readonly delays: number;
  readonly activities: Pick<Partial<ActivityOptions>, 'bounds' | 'timings'>;
}

/** @param wrap puts something between the worker and the API. Default: nothing. */
export async function startRigWorker(
  options: RigWorkerOptions,
  wrap: (real: ImagePipelineApi) => ImagePipelineApi = (real) => real,
): Promise<RunningWorker> {
  const { settings, address, namespace, delays } = options;
  // The runtime ends with its last worker; installed for none it would keep the process alive.
  quiet();
  const transport = createUndiciTransport();
  const api = wrap(createImagePipelineApi({ ...settings, transport: transport.send }));
  const worker = await startWorker({
    settings: { ...settings, encryption: encryptionKeysFrom({ IMAGEPIPELINE_ENCRYPTION_KEYS: options.encryption }) },
    connection: { address },
    namespace,
    taskQueue: TASK_QUEUE,
    ...(await testWorkflowCode(options.encryption !== '')),
    activities: { api, random: () => delays, ...options.activities },
  });
  const stopped = worker.stopped.finally(() => transport.close());
  return { ...worker, stopped, stop: () => worker.stop().then(() => stopped) };
}
