/** Blows to our own processes and workflows. Killed processes are restarted, as by a supervisor. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Emulator } from '../../emulator';
import { pageWorkflowId } from '../../workflows/domain/batch/batch-ids';
import type { Child } from './children';
import type { Blow } from './plan-blows';
import { resetWorkflow, terminateWorkflow } from './reset';
import type { Stack } from './stack';

interface Struck {
  readonly stack: Stack;
  readonly emulator: Emulator;
  readonly batchId: string;
  /** The command that follows the batch; `null` if none does. */
  readonly command: Child | null;
  /** Its duration in ms, if it is drawn. */
  readonly ms: number;
  /** Cancels the batch, and records how long that takes. */
  readonly cancelBatch: () => void;
  readonly pauseBatch: (isPaused: boolean) => Promise<void>;
}

const DOWN_MS = 300;
const SHORT_PAUSE_MS = 3_000;
/** Longer than the heartbeat timeout, in ms: the server reassigns its work, and the worker wakes up with it. */
const FREEZE_MS = 18_000;
/** Longer than the heartbeat timeout and than the SDK retries, in ms: Temporal loses the reports of the worker. */
const CUT_OFF_MS = 20_000;
const FULL_MS = 2_000;
/** Share of the time of an absent server, for a store. */
const STORE_SHARE = 0.3;
const HOUR = 3_600_000;

export const STRIKE: Readonly<Record<Blow, (struck: Struck) => Promise<void>>> = {
  'kill the worker': async ({ stack }) => {
    await stack.endWorker('SIGKILL');
    await sleep(DOWN_MS);
    await stack.startWorker();
  },
  'kill the server': ({ stack }) => stack.killServer(),
  'keep the server away': ({ stack, ms }) => stack.killServer(ms),
  'kill the command line': async ({ command }) => {
    command?.send('SIGKILL');
    await command?.ended;
  },
  'kill the gateway': ({ stack }) => stack.killGateway(),
  'pause the worker': ({ stack }) => pausing(stack, SHORT_PAUSE_MS),
  'freeze the worker until it is given up': async ({ stack }) => {
    const frozen = pausing(stack, FREEZE_MS);
    await stack.startWorker();
    await frozen;
  },
  'cut the worker off': async ({ stack }) => {
    const { line } = stack;
    await line?.cut();
    await stack.startWorker();
    await sleep(CUT_OFF_MS);
    await line?.restore();
  },
  'fill the disk': async ({ stack }) => {
    stack.setDiskFull(true);
    await sleep(FULL_MS);
    stack.setDiskFull(false);
  },
  'take the store away': async ({ stack, ms }) => {
    await stack.storeFolder.takeAway();
    await sleep(ms * STORE_SHARE);
    await stack.storeFolder.bringBack();
  },
  'jump the clock of a worker': async ({ stack, ms }) => {
    // An even number of ms means ahead. The other worker's clock stays correct, and this one reads its jobs, too.
    stack.jumpClock(ms % 2 === 0 ? HOUR : -HOUR);
    await stack.startWorker();
  },
  'terminate the batch': ({ stack, batchId }) => terminateWorkflow(stack.client.temporal, batchId),
  'terminate a page': ({ stack, batchId }) => terminateWorkflow(stack.client.temporal, pageWorkflowId(batchId, 0)),
  'reset the batch': ({ stack, batchId }) => resetWorkflow(stack.client.temporal, batchId),
  'reset a page': ({ stack, batchId }) => resetWorkflow(stack.client.temporal, pageWorkflowId(batchId, 0)),
  'cancel the batch': async ({ cancelBatch }) => cancelBatch(),
  'forget the uploads': async ({ emulator }) => emulator.forgetUploads(),
  'pause the batch': async ({ pauseBatch, ms }) => {
    await pauseBatch(true);
    await sleep(ms);
    await pauseBatch(false);
  },
};

async function pausing(stack: Stack, ms: number): Promise<void> {
  stack.signalWorker('SIGSTOP');
  await sleep(ms);
  stack.signalWorker('SIGCONT');
}
