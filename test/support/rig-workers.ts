/** The workers of a rig: one in the process of the test, or two processes that do together what the one does. */
import type { RunningWorker } from '../../worker';
import { type RigWorkerOptions, startRigWorker, type Wraps } from './rig-worker';
import { startWorkerProcess, type WorkerChild } from './worker-child';

interface RigWorkers {
  start(options: RigWorkerOptions): Promise<void>;
  /** All that were started; in order, as `imagepipeline worker` stops. */
  stop(): Promise<void>;
}

const AT_ONCE = 2;

export function workersInside(wraps: Wraps): RigWorkers {
  const workers: RunningWorker[] = [];
  return {
    start: async (options) => {
      workers.push(await startRigWorker(options, wraps));
    },
    stop: async () => {
      await Promise.all(workers.splice(0).map((worker) => worker.stop()));
    },
  };
}

export function workersAsProcesses(): RigWorkers {
  const workers: WorkerChild[] = [];
  return {
    start: async (options) => {
      workers.push(...(await Promise.all(Array.from({ length: AT_ONCE }, () => startWorkerProcess(options)))));
    },
    stop: async () => {
      await Promise.all(workers.splice(0).map(stopChild));
    },
  };
}

async function stopChild({ send, ended }: WorkerChild): Promise<void> {
  send('SIGTERM');
  await ended;
}
