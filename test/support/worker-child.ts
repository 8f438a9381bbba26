/** Starts workers as processes of their own, from the sources, and leaves none of them behind. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { Rig } from './rig';
import type { RigWorkerOptions } from './rig-worker';

export interface WorkerProcessInput extends RigWorkerOptions {
  readonly heldPrompt: string | null;
}

export interface WorkerChild {
  send(signal: NodeJS.Signals): void;
  /** Exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
}

const children = new Set<ChildProcess>();

afterAll(async () => {
  const left = [...children].map((child) => once(child, 'exit'));
  for (const child of children) child.kill('SIGKILL');
  await Promise.all(left);
});

/** One more worker of the rig, which may be killed. Resolves when it polls. */
export function startWorkerChild(
  { worker }: Pick<Rig, 'worker'>,
  heldPrompt: string | null = null,
): Promise<WorkerChild> {
  return startWorkerProcess(worker, heldPrompt);
}

/** Resolves when the worker polls. */
export async function startWorkerProcess(
  options: RigWorkerOptions,
  heldPrompt: string | null = null,
): Promise<WorkerChild> {
  const input: WorkerProcessInput = { ...options, heldPrompt };
  const runner = ['-r', path.join(__dirname, 'ts-require.js'), path.join(__dirname, 'worker-process.ts')];
  const child = spawn(process.execPath, [...runner, JSON.stringify(input)], {
    // Not by default: what a test has set is in jest's copy of the environment only.
    env: process.env,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  children.add(child);
  const ended = once(child, 'exit').then(([code, signal]: (number | NodeJS.Signals)[]) => {
    children.delete(child);
    return code ?? signal ?? 0;
  });
  const ready = once(child.stdout, 'data').then(() => 'ready');
  if ((await Promise.race([ready, ended])) !== 'ready') throw new Error('the worker process ended before it polled');
  return { send: (signal) => void child.kill(signal), ended };
}
