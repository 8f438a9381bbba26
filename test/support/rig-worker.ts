/** What the worker of a rig is, and how it is run: in the process of the test, or by processes of their own. */
import type { ActivityOptions, ImagePipelineApi } from '../../activities';
import { createImagePipelineApi, createUndiciTransport, openStore } from '../../activities';
import type { ResultStore } from '../../activities/store/result-store';
import { readEncryption } from '../../payloads';
import { type RunningWorker, startWorker, type WorkerSettings } from '../../worker';
import { TASK_QUEUE } from '../../workflows/messages';
import { quiet } from './quiet';
import { testWorkflowCode } from './workflow-code';

/** All of a worker that can be written down, and so be told to another process. */
export interface RigWorkerOptions {
  readonly settings: Omit<WorkerSettings, 'encryption'>;
  /** IMAGEPIPELINE_ENCRYPTION_KEYS; empty: payloads are not encrypted. */
  readonly encryption: string;
  /** Payloads in clear are refused. Default false. */
  readonly isStrict?: boolean;
  readonly address: string;
  readonly namespace: string;
  /** Serves the Nexus service. Default false. */
  readonly nexus?: boolean;
  /** What share of its bound a delay lasts, 0 to 1. */
  readonly delays: number;
  readonly activities: Pick<Partial<ActivityOptions>, 'bounds' | 'timings'>;
}

/** Puts something between a worker and what it works with. Default: nothing. */
export interface Wraps {
  readonly api?: (real: ImagePipelineApi) => ImagePipelineApi;
  readonly store?: (real: ResultStore) => ResultStore;
}

/** A third of the product's: how long an answer may come late is how long a test waits for it. */
const MAX_POST_MS = 20_000;

export async function startRigWorker(options: RigWorkerOptions, wraps: Wraps = {}): Promise<RunningWorker> {
  const { settings, address, namespace, delays } = options;
  // The runtime ends with its last worker; installed for none it would keep the process alive.
  quiet();
  const transport = createUndiciTransport();
  const limits = { submitMs: MAX_POST_MS };
  const real = createImagePipelineApi({ ...settings, limits, transport: transport.send });
  const api = wraps.api?.(real) ?? real;
  const store = wraps.store === undefined ? null : openStore(settings);
  const wrapped = store === null ? {} : { store: wraps.store?.(store.results) ?? store.results };
  const worker = await startWorker({
    settings: {
      ...settings,
      encryption: readEncryption({
        IMAGEPIPELINE_ENCRYPTION_KEYS: options.encryption,
        IMAGEPIPELINE_ENCRYPTION_STRICT: options.isStrict ? 'on' : 'off',
      }),
    },
    connection: { address },
    namespace,
    taskQueue: TASK_QUEUE,
    nexus: options.nexus ?? false,
    ...(await testWorkflowCode(options.encryption !== '')),
    activities: { api, random: () => delays, ...wrapped, ...options.activities },
    // As the command does: a busy disk may not answer in time.
    storeWait: { report: ({ message }) => console.warn(message), signal: new AbortController().signal },
  });
  const stopped = worker.stopped.finally(() => Promise.all([transport.close(), store?.close()]));
  return { ...worker, stopped, stop: () => worker.stop().then(() => stopped) };
}
