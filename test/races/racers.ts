/** Two processes that are told the same at the same time. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { Finished } from '../cli/cli-process';
import type { Order } from './racing-child';

type Child = ChildProcessByStdio<Writable, Readable, null>;

export interface Racer {
  run(order: Order): Promise<Finished>;
}

const children = new Set<Child>();

afterAll(async () => {
  const ended = [...children].map((child) => once(child, 'exit'));
  for (const child of children) child.stdin.end();
  await Promise.all(ended);
});

export async function startRacer(): Promise<Racer> {
  const script = [
    '-r',
    path.join(__dirname, '..', 'support', 'ts-require.js'),
    path.join(__dirname, 'racing-child.ts'),
  ];
  const child = spawn(process.execPath, script, { env: process.env, stdio: ['pipe', 'pipe', 'inherit'] });
  children.add(child);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  await lines.next();
  return {
    run: async (order) => {
      child.stdin.write(`${JSON.stringify(order)}\n`);
      const { value } = await lines.next();
      return JSON.parse(value);
    },
  };
}
