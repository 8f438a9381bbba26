/** The emulator's ledger and limits, over HTTP. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Scenario } from './scenarios';

/** Times in epoch milliseconds. */
export interface JobRecord {
  readonly acceptedAt: number;
  /** `null` if it has not ended. */
  readonly endedAt: number | null;
  readonly status: string;
  readonly heldPlace: boolean;
  /** Empty if its request has none. */
  readonly prompt: string;
}

export interface LimitPeriod {
  readonly since: number;
  readonly limits: {
    readonly maxConcurrentJobs: number | null;
    readonly foreignJobs: number;
    readonly submitsPerSecond: number | null;
  };
}

export interface Books {
  readonly jobs: readonly JobRecord[];
  readonly refusals: readonly { readonly at: number; readonly code: string }[];
  readonly limitPeriods: readonly LimitPeriod[];
}

const SIGMA = 0.4;
const POLL_INTERVAL_MS = 100;

export async function readBooks(url: string): Promise<Books> {
  const [ledger, limitPeriods] = await Promise.all([
    read<Omit<Books, 'limitPeriods'>>(`${url}/_emulator/ledger`),
    read<readonly LimitPeriod[]>(`${url}/_emulator/limits`),
  ]);
  return { jobs: ledger.jobs, refusals: ledger.refusals, limitPeriods };
}

export async function setUp(url: string, { limits, medianMs }: Scenario): Promise<void> {
  await setLimits(url, { ...limits, jobTime: { medianMs, sigma: SIGMA } });
}

/** Applies the scenario's changes at their times after the first submission, until `signal` aborts. */
export async function makeChanges(url: string, { changes }: Scenario, signal: AbortSignal): Promise<void> {
  if (changes.length === 0) return;
  while ((await read<{ submits: number }>(`${url}/_emulator/ledger`)).submits === 0) {
    await sleep(POLL_INTERVAL_MS, undefined, { signal });
  }
  const began = performance.now();
  for (const { afterSeconds, limits } of changes) {
    await sleep(Math.max(0, began + afterSeconds * 1_000 - performance.now()), undefined, { signal });
    await setLimits(url, limits);
  }
}

async function setLimits(url: string, limits: object): Promise<void> {
  const answer = await fetch(`${url}/_emulator/limits`, { method: 'PUT', body: JSON.stringify(limits) });
  if (!answer.ok) throw new Error(`the emulator refuses the limits: ${await answer.text()}`);
}

async function read<T>(address: string): Promise<T> {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  return (await answer.json()) as T;
}
