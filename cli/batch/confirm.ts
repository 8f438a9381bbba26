/** The question before many items are paid for. */
import type { Command } from 'commander';
import { formatCount } from '../../workflows/domain/base/format-count';
import type { CliContext } from '../context';
import { UsageError } from '../usage-error';

/** Submissions that are started without a question. */
const MAX_UNASKED = 100;

export interface YesFlag {
  readonly yes?: true;
}

export function addYesFlag(command: Command): Command {
  return command.option('--yes', `start more than ${MAX_UNASKED} submissions without a question at a terminal`);
}

/**
 * Asks whether so many items may be submitted. Without a terminal nothing is asked.
 *
 * @throws UsageError if the answer is not yes
 */
export async function confirmSubmissions(count: number, { yes }: YesFlag, { ask }: CliContext): Promise<void> {
  if (count <= MAX_UNASKED || yes === true || ask === undefined) return;
  const answer = await ask(`${formatCount(count, 'submission')}, and each is paid. Start? [y/N] `);
  if (!/^\s*y(es)?\s*$/i.test(answer)) throw new UsageError(['nothing was started; --yes skips the question']);
}
