/** The question before files are deleted. */
import type { CliContext } from '../context';
import { UsageError } from '../usage-error';

export interface DeleteFlags {
  readonly yes?: true;
  readonly json?: true;
}

/** What a deletion leaves. */
export const HISTORIES = "Temporal's histories are not deleted: the retention of the namespace ends them";

/**
 * Asks whether this may be deleted. Without a terminal, `--yes` is necessary.
 *
 * @param what for instance `batch spring: 3 files`
 * @throws UsageError if the answer is not yes
 */
export async function confirmDeletion(what: string, { yes }: DeleteFlags, { ask, stderr }: CliContext): Promise<void> {
  if (yes === true) return;
  if (ask === undefined) throw new UsageError([`${what}; nothing was deleted: without a terminal, add --yes`]);
  stderr.write(`${what}\nThe results can no longer be read, and the ids cannot be used again. ${HISTORIES}.\n`);
  const answer = await ask('Delete? [y/N] ');
  if (!/^\s*y(es)?\s*$/i.test(answer)) throw new UsageError(['nothing was deleted; --yes skips the question']);
}
