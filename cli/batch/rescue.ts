import { rescueBatch } from '../../client/batches/rescue-batch';
import { ImagePipelineClient } from '../../client/client';
import { findRescueProblems, type RescueItemsOptions, toRescueOptions } from '../../input/requests/rescue-options';
import { formatCount } from '../../workflows/domain/base/format-count';
import { toItemJson } from '../../workflows/domain/item/item-json';
import { DEFAULT_OPERATION, OPERATION_NAMES } from '../../workflows/domain/operations/operations';
import type { AddCommand } from '../command';
import type { CliContext } from '../context';
import { EXIT, type ExitCode, findWorstExit } from '../exit-codes';
import { toFlagProblems } from '../flag-problems';
import { detachedFrom, followItem, reportEnd } from '../item/follow-item';
import { catchInterrupts } from '../terminal/interrupts';
import { UsageError } from '../usage-error';
import { withBatchTools } from './batch-tools';
import { followBatch } from './follow-batch';
import { addStartCheckFlags, readStoreCheck, reportPages, type StartCheckFlags } from './start-checks';

interface RescueFlags extends StartCheckFlags {
  readonly batch?: string;
  readonly again?: true;
  readonly id?: string;
  readonly operation: string;
  readonly json?: true;
}

/** Adds `imagepipeline rescue`. */
export const addRescueCommand: AddCommand = (program, context, done) => {
  const command = program
    .command('rescue')
    .description('fetch and store the results of existing jobs; nothing is submitted or paid')
    .argument('[jobs...]', "the provider's job ids")
    .option('--batch <id>', 'fetch every missing result of an ended batch')
    .option('--again', 'with --batch: also items that succeeded, for a store that was lost')
    .option('--id <id>', 'with one job: the id of the item that it belongs to (default: rescue-JOB)')
    .option('--operation <operation>', 'operation of the jobs', OPERATION_NAMES[0])
    .option('--json', 'print one JSON object per job, or the last status of the batch, and nothing else');
  addStartCheckFlags(command).action(async (jobs: readonly string[], flags: RescueFlags) =>
    done(await rescue(jobs, flags, context)),
  );
};

function rescue(jobs: readonly string[], flags: RescueFlags, context: CliContext): Promise<ExitCode> {
  const { batch, again, id, operation } = flags;
  const given = { jobIds: jobs, operation, id };
  const problems: string[] = [];
  if ((batch === undefined) === (jobs.length === 0))
    problems.push('expected job ids, or --batch and the id of a batch');
  if (again === true && batch === undefined) problems.push('--again requires --batch');
  problems.push(...toFlagProblems(findRescueProblems(given)));
  if (problems.length > 0) throw new UsageError(problems);
  return batch === undefined ? rescueJobs(toRescueOptions(given), flags, context) : fetchBatch(batch, flags, context);
}

/** Rescues jobs concurrently and reports them in the order of the arguments. */
async function rescueJobs(options: RescueItemsOptions, { json }: RescueFlags, context: CliContext): Promise<ExitCode> {
  const client = await ImagePipelineClient.connect({ env: context.env });
  const { operation = DEFAULT_OPERATION } = options;
  const interrupts = catchInterrupts();
  try {
    const items = await client.rescueItems(options);
    let code: ExitCode = EXIT.done;
    for (const [index, item] of items.entries()) {
      const report = await followItem(item, '', interrupts.signal, context);
      if (report === undefined) return detachedFrom(items.slice(index), context);
      if (json === true) context.stdout.write(`${JSON.stringify(toItemJson(item.id, operation, report))}\n`);
      else if (report.result !== null) context.stdout.write(`${report.result.file}\n`);
      if (report.outcome === 'succeeded') continue;
      code = findWorstExit(code, reportEnd(item.id, report, json === true, context));
    }
    return code;
  } finally {
    interrupts.release();
    await client.close();
  }
}

function fetchBatch(id: string, flags: RescueFlags, context: CliContext): Promise<ExitCode> {
  const { again = false, movedServer = false } = flags;
  return withBatchTools(context, async ({ client, interrupted }) => {
    const wait = { ...reportPages(interrupted, context), ...readStoreCheck(flags, context) };
    const rescued = await rescueBatch(client, client.batch(id), { again, movedServer, ...wait });
    if (rescued === null) return EXIT.interrupted;
    const { selected } = rescued;
    const what = selected === 0 ? `${id} has no job to fetch` : `fetching ${formatCount(selected, 'job')} of ${id}`;
    context.stderr.write(`${what}\n`);
    if (selected === 0) return EXIT.done;
    return followBatch(client.batch(id), flags, { client, interrupted, store: client.openStore() }, context);
  });
}
