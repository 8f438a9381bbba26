/** What is done to our own processes. What was killed is started again, as a supervisor would. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Child } from './children';
import type { Blow } from './plan';
import type { Stack } from './stack';

export interface Struck {
  readonly stack: Stack;
  /** The one that follows the batch now; `null`: none does. */
  readonly command: Child | null;
}

const DOWN_MS = 300;
const SHORT_PAUSE_MS = 3_000;
/** Longer than the heartbeat timeout: the server gives its work to others, and it wakes up believing to have it. */
const FREEZE_MS = 18_000;
const FULL_MS = 2_000;

export const STRIKE: Readonly<Record<Blow, (struck: Struck) => Promise<void>>> = {
  'kill the worker': async ({ stack }) => {
    await stack.killWorker();
    await pause(DOWN_MS);
    await stack.startWorker();
  },
  'kill the server': ({ stack }) => stack.killServer(),
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
  'fill the disk': async ({ stack }) => {
    stack.setDiskFull(true);
    await pause(FULL_MS);
    stack.setDiskFull(false);
  },
};

async function pausing(stack: Stack, ms: number): Promise<void> {
  stack.signalWorker('SIGSTOP');
  await pause(ms);
  stack.signalWorker('SIGCONT');
}
