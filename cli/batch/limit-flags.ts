/** The flags of `batch` and `redrive` that bound what a run may do and spend. */
import type { Command } from 'commander';
import type { BatchSettings } from '../../workflows/domain/batch/batch-settings';
import { findConcurrencyProblem, findWeightProblem } from '../../workflows/domain/batch/settings-checks';
import type { BatchInput } from '../../workflows/messages';
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

/**
 * The bounds; what is wrong with them goes to `problems`.
 *
 * @param before what holds where no flag is given
 */
export function readLimits(
  flags: LimitFlags,
  problems: string[],
  before: Pick<BatchSettings, 'concurrency' | 'weight' | 'prices'> = {},
): Pick<BatchInput, 'concurrency' | 'weight' | 'budget' | 'prices'> {
  const note = (flag: string, problem: string | null) => {
    if (problem !== null) problems.push(`${flag} ${problem}`);
  };
  const concurrency = flags.concurrency === undefined ? (before.concurrency ?? null) : numberIn(flags.concurrency);
  note('--concurrency', concurrency === null ? null : findConcurrencyProblem(concurrency));
  const weight = flags.weight === undefined ? (before.weight ?? 1) : numberIn(flags.weight);
  note('--weight', findWeightProblem(weight));
  const submissions = readAmount('--budget-submissions', flags.budgetSubmissions, /^\d+$/, problems);
  const cost = readAmount('--budget-cost', flags.budgetCost, /^\d+(\.\d+)?$/, problems);
  const duplicates = readAmount('--allow-possible-duplicates', flags.allowPossibleDuplicates ?? '0', /^\d+$/, problems);
  const given = Object.fromEntries(readPrices(flags.price ?? [], problems));
  const prices = { ...before.prices, ...given };
  if (cost !== null && Object.keys(prices).length === 0)
    problems.push('--budget-cost requires --price, like generate/image=0.01');
  return {
    concurrency: typeof concurrency === 'number' ? concurrency : null,
    weight: Number(weight),
    budget: { submissions, cost, duplicates: duplicates ?? 0 },
    prices,
  };
}

function readAmount(flag: string, text: string | undefined, form: RegExp, problems: string[]): number | null {
  if (text === undefined) return null;
  if (!form.test(text)) problems.push(`${flag} is "${text}"; must be a number of 0 or more`);
  return Number(text);
}

/** In decimal digits only: `0x10` and `1e3` are more often a slip than a number. */
function numberIn(text: string): number | string {
  return /^\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : text;
}
