/** The context shared by all parts of a run of a seed. */
import type { ImagePipelineClient } from '../../client';
import type { Emulator } from '../../emulator';
import type { Plan } from './plan';
import type { SeedInputs } from './seed-inputs';
import type { Stack } from './stack';

export interface SeedContext {
  readonly plan: Plan;
  readonly stack: Stack;
  readonly emulator: Emulator;
  readonly inputs: SeedInputs;
  /** Client for the account of the seed. */
  readonly client: ImagePipelineClient;
  /** The batch's id. */
  readonly id: string;
  readonly account: string;
}

/** Removes the cause of a hold and resumes the account, as an operator does. */
export async function payAndResume({ plan, emulator, client }: SeedContext): Promise<void> {
  if (plan.credits !== null) emulator.setLimits({ credits: null });
  await client.account().resume();
}
