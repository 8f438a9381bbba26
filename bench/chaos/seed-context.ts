/** What all parts of a run of a seed share. */
import type { ImagePipelineClient } from '../../client';
import type { Emulator } from '../../emulator';
import type { Plan } from './plan';
import type { Stack } from './stack';

export interface SeedContext {
  readonly plan: Plan;
  readonly stack: Stack;
  readonly emulator: Emulator;
  /** For the account of the seed. */
  readonly client: ImagePipelineClient;
  /** Of the batch. */
  readonly id: string;
  readonly account: string;
}

/** Takes away what is known to hold the account, and says so: what a person does who is told of the hold. */
export async function payAndResume({ plan, emulator, client }: SeedContext): Promise<void> {
  if (plan.credits !== null) emulator.setLimits({ credits: null });
  await client.account().resume();
}
