/**
 * The command line in a process of its own that stays for many commands, over a store that takes its time as a bucket
 * does. Reads one command a line, as JSON; answers with one line each.
 */
import fs from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { runInside } from '../cli/cli-inside';

export interface Order {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

const MAX_DELAY_MS = 30;

function slow<Name extends 'rename' | 'link' | 'readFile' | 'readdir'>(name: Name): void {
  const real = fs[name] as (...given: unknown[]) => Promise<unknown>;
  const slowed = async (...given: unknown[]) => {
    await sleep(Math.random() * MAX_DELAY_MS);
    return real(...given);
  };
  Object.assign(fs, { [name]: slowed });
}

for (const name of ['rename', 'link', 'readFile', 'readdir'] as const) slow(name);

async function applyGrant(): Promise<void> {
  process.stdout.write('ready\n');
  for await (const line of createInterface({ input: process.stdin })) {
    const { argv, cwd, env }: Order = JSON.parse(line);
    process.stdout.write(`${JSON.stringify(await runInside(argv, cwd, env))}\n`);
  }
}

void applyGrant();
