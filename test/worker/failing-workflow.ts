/** Workflows of `stack-traces.test.ts`. */
import { condition, sleep } from '@temporalio/workflow';

export async function waiting(): Promise<void> {
  await condition(() => false);
}

export async function failing(): Promise<void> {
  await sleep(1);
  findMissing(undefined);
}

function findMissing(record: { readonly value: string } | undefined): string {
  // What a bug does: the type says one thing, the value another.
  return (record as { readonly value: string }).value;
}
