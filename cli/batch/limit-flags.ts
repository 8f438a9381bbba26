/** The flags of `batch` and `redrive` that limit a run. */
import type { Command } from 'commander';
import type { Unchecked } from '../../input/requests/batch-settings';
import type { BatchLimits } from '../../workflows/domain/batch/batch-options';
import { addPriceFlag, readPrices } from './plan-flags';

/** Flag values from commander. */
export interface LimitFlags {
  readonly concurrency?: string;
  readonly weight?: string;
  readonly budgetSubmissions?: string;
  readonly budgetCost?: string;
  readonly price?: readonly string[];
  readonly allowPossibleDuplicates?: string;
  readonly notify?: string;
  readonly notifyFailures?: string;
}

export function addLimitFlags(command: Command): void {
  command
    .option('--concurrency <jobs>', 'maximum of jobs in flight (default: as many as the account allows)')
    .option('--weight <number>', 'share of the account relative to other batches (default: 1)')
    .option('--budget-submissions <count>', 'pause before exceeding this number of submissions')
    .option('--budget-cost <amount>', 'pause before exceeding this cost, by the prices of --price');
  command.option(
    '--allow-possible-duplicates <count>',
    'resubmit at most this many items of unknown outcome; each may be paid twice (default: 0)',
  );
  addPriceFlag(command);
  command
    .option('--notify <address>', `${NOTIFY_HELP} when it ends, pauses, is held or continues, or has many failures`)
    .option(
      '--notify-failures <limit>',
      'with --notify: failed and unknown items that are notified once, a number or a percentage (default: 10%)',
    );
}

/** What --notify does, up to when. */
export const NOTIFY_HELP = 'send a signed POST to this https address';

/** Parses limits for the library, which checks them. Adds problems of prices to `problems`. */
export function readLimits(flags: LimitFlags, problems: string[]): Unchecked<BatchLimits> {
  const { price = [], concurrency, weight, budgetSubmissions, budgetCost, allowPossibleDuplicates } = flags;
  const { notify, notifyFailures } = flags;
  return {
    concurrency: numberIn(concurrency),
    weight: numberIn(weight),
    budget: {
      submissions: numberIn(budgetSubmissions),
      cost: numberIn(budgetCost),
      duplicates: numberIn(allowPossibleDuplicates),
    },
    prices: Object.fromEntries(readPrices(price, problems)),
    notify,
    notifyFailures,
  };
}

/** Parses decimal digits only: `0x10` and `1e3` are more likely typos. */
export function numberIn(text: string | undefined): number | string | undefined {
  return text !== undefined && /^\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : text;
}
