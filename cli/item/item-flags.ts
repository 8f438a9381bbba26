/** The flags of an item beside its request. */
import type { Command } from 'commander';
import type { ItemTerms } from '../../input/requests/item-options';
import { NOTIFY_HELP } from '../batch/limit-flags';
import { durationFlag } from '../duration';
import { CONVERT_HELP } from '../picture-tools';

export type ItemFlags = Readonly<Record<string, string | boolean | undefined>>;

const OUTPUT_HELP =
  'copy the result to this file; with --count also to FILE-2, FILE-3 and so on. If a file exists, nothing is started';

interface FlagTexts {
  readonly id: string;
  /** The default of `--job-timeout`. */
  readonly jobTimeout: string;
}

/** Adds the flags of an item. */
export function addTermFlags(command: Command, { id, jobTimeout }: FlagTexts): void {
  command
    .option('--id <id>', id)
    .option('--output <file>', OUTPUT_HELP)
    .option('--overwrite', 'with --output: replace an existing file')
    .option('--sidecar', 'with --output: write its request, values, job ids, charges and SHA-256 beside it, as JSON')
    .option('--convert', CONVERT_HELP)
    .option('--deadline <time>', 'give up after this time, for instance 10m (default: 24h)')
    .option('--job-timeout <time>', `treat a job as overdue after this time (default: ${jobTimeout})`)
    .option('--again', 'run an id that did not succeed again; a job that may be charged is fetched first')
    .option('--allow-unknown', 'with --again: also submit items that may have been charged; you may pay twice')
    .option('--wait-for-account', 'while the account is held: wait, instead of failing with the code of the hold')
    .option('--notify <address>', `${NOTIFY_HELP} when it ends`)
    .option('--json', 'print one JSON object per item and line on stdout, and nothing else');
}

/** The terms of an item. Adds problems to `problems`. */
export function readTerms(flags: ItemFlags, problems: string[]): ItemTerms {
  const deadlineMs = durationFlag('--deadline', flags['deadline'], problems);
  const jobTimeBudgetMs = durationFlag('--job-timeout', flags['jobTimeout'], problems);
  return {
    ...(typeof flags['id'] === 'string' ? { id: flags['id'] } : {}),
    ...(deadlineMs === undefined ? {} : { deadlineMs }),
    ...(jobTimeBudgetMs === undefined ? {} : { jobTimeBudgetMs }),
    ...(flags['again'] === true ? { again: true } : {}),
    ...(flags['allowUnknown'] === true ? { allowUnknown: true } : {}),
    ...(flags['waitForAccount'] === true ? { waitWhileHeld: true } : {}),
    ...(typeof flags['notify'] === 'string' ? { notify: flags['notify'] } : {}),
  };
}
