/** The flags of `batch` and `redrive` that bound what a run may do and spend. */
import type { Command } from 'commander';
import type { Unchecked } from '../../client/batches/batch-settings';
import type { BatchLimits } from '../../workflows/domain/batch/batch-options';
import { addPriceFlag, readPrices } from './plan-flags';

/** Values as commander gives them. */
export interface LimitFlags {
  readonly concurrency?: string;
  readonly weight?: string;
  readonly budgetSubmissions?: string;
  readonly budgetCost?: string;
  readonly price?: readonly string[];
  readonly allowPossibleDuplicates?: string;
}

export function addLimitFlags(command: Command): void {
  command
    .option('--concurrency <jobs>', 'jobs in flight at the most (default: as many as the account takes)')
    .option('--weight <number>', 'its share of the account relative to other batches (default: 1)')
    .option('--budget-submissions <count>', 'pause before more submissions than this')
    .option('--budget-cost <amount>', 'pause before a higher cost than this, by the prices of --price');
  command.option(
    '--allow-possible-duplicates <count>',
    'resubmit at most this many submissions of unknown outcome; each may be paid twice',
    '0',
  );
  addPriceFlag(command);
}

/** The limits as the library takes them, which says what is wrong with a value; prices that cannot be read go to `problems`. */
export function readLimits(flags: LimitFlags, problems: string[]): Unchecked<BatchLimits> {
  const { price = [], concurrency, weight, budgetSubmissions, budgetCost, allowPossibleDuplicates } = flags;
  return {
    concurrency: numberIn(concurrency),
    weight: numberIn(weight),
    budget: {
      submissions: numberIn(budgetSubmissions),
      cost: numberIn(budgetCost),
      duplicates: numberIn(allowPossibleDuplicates),
    },
    prices: Object.fromEntries(readPrices(price, problems)),
  };
}

/** In decimal digits only: `0x10` and `1e3` are more often a slip than a number. */
export function numberIn(text: string | undefined): number | string | undefined {
  return text !== undefined && /^\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : text;
}
