import type { Manifest } from '../../activities/store';
import {
  describeSelection,
  REDRIVABLE,
  type RedriveFilter,
  type RedriveSelection,
  selectForRedrive,
} from '../../client/batches/batch-redrive';
import { findManifest } from '../../client/batches/find-manifest';
import { ensureEnded } from '../../client/batches/refuse-if-running';
import { readSettings, runAgain } from '../../client/batches/run-again';
import { withStore } from '../../client/open-store';
import { formatCount } from '../../workflows/domain/base/format-count';
import type { AddCommand } from '../command';
import type { CliContext } from '../context';
import { EXIT, type ExitCode } from '../exit-codes';
import { UsageError } from '../usage-error';
import { withBatchTools } from './batch-tools';
import { followBatch } from './follow-batch';
import { addInputFlags, FILE_ARGUMENT, type InputFlags } from './input-flags';
import { addLimitFlags, type LimitFlags, readLimits } from './limit-flags';
import { MOVED_SERVER_HELP } from './moved-server';
import { reportPages } from './page-wait';
import { editedRows, loadKeys } from './redrive-files';
import { readStoreCheck, SKIP_STORE_CHECK_HELP, type StoreCheckFlags } from './store-check-flag';

interface RedriveFlags extends LimitFlags, InputFlags, StoreCheckFlags {
  readonly outcome?: readonly string[];
  readonly allowUnknown?: true;
  readonly code?: readonly string[];
  readonly keys?: string;
  readonly input?: string;
  readonly detach?: true;
  readonly json?: true;
  readonly movedServer?: true;
}

const ALLOW_UNKNOWN_HELP =
  'also resubmit items that may have been paid and cannot be fetched: each may be paid twice (implied by --outcome unknown)';

/** How many keys that are not in the batch are named. */
const STRANGERS_NAMED = 10;

/** Adds `imagepipeline redrive`. */
export const addRedriveCommand: AddCommand = (program, context, done) => {
  const command = program
    .command('redrive')
    .description('run again what did not succeed in a batch that has ended; results merge into the same batch')
    .argument('<id>', "the batch's id")
    .option('--outcome <outcome...>', `which: ${REDRIVABLE.join(', ')} (default: all that cannot be paid twice)`)
    .option('--allow-unknown', ALLOW_UNKNOWN_HELP)
    .option('--code <code...>', 'only items that ended with one of these codes')
    .option('--keys <file>', 'only the keys in this file, one a line; - is standard input')
    .option(
      '--input <file>',
      `only the rows of this file, with their requests in place of the old ones: ${FILE_ARGUMENT}`,
    )
    .option('--moved-server', MOVED_SERVER_HELP)
    .option('--skip-store-check', SKIP_STORE_CHECK_HELP)
    .option('--detach', 'do not wait for the end')
    .option('--json', 'print the last status on stdout and nothing else');
  addInputFlags(command);
  addLimitFlags(command);
  command.action(async (id: string, flags: RedriveFlags) => done(await redrive(id, flags, context)));
};

async function redrive(id: string, flags: RedriveFlags, context: CliContext): Promise<ExitCode> {
  const problems: string[] = [];
  readLimits(flags, problems, EVERY_PRICE);
  const filter = await filterFrom(flags, problems, context);
  return withStore(context.env, context.cwd, async (store) => {
    const { batches } = store;
    const manifest = await findManifest(store, id);
    return withBatchTools(context, async ({ client, spool, interrupted }) => {
      const bounds = boundsFrom(flags, manifest);
      const movedServer = flags.movedServer === true;
      await ensureEnded(client.temporal, client.batch(id), manifest, {
        movedServer,
        ...reportPages(interrupted, context),
      });
      if (interrupted.aborted) return EXIT.interrupted;
      const { base, ...selection } = await selectForRedrive(batches, manifest, filter, spool, bounds.prices);
      refuseStrangers(id, selection);
      if (selection.selected === 0) {
        tell(selection, `nothing in ${id} is to be run again`, context);
        return EXIT.done;
      }
      await runAgain(client, {
        spool,
        store,
        manifest,
        base,
        summary: describeSelection(selection, filter),
        bounds,
        ...readStoreCheck(flags, context),
      });
      tell(selection, `redriving ${formatCount(selection.selected, 'item')} of ${id}`, context);
      return followBatch(client.batch(id), flags, { client, interrupted, store }, context);
    });
  });
}

/** A price may come from the batch itself: a missing one is noticed later. */
const EVERY_PRICE = { prices: { '': 0 } };

/** @throws UsageError */
function boundsFrom(flags: RedriveFlags, manifest: Manifest) {
  const problems: string[] = [];
  const bounds = readLimits(flags, problems, readSettings(manifest));
  if (problems.length > 0) throw new UsageError(problems);
  return bounds;
}

/** @throws UsageError with keys that are not in the batch */
function refuseStrangers(id: string, { strangers }: Pick<RedriveSelection, 'strangers'>): void {
  if (strangers.length === 0) return;
  const named = `${strangers.slice(0, STRANGERS_NAMED).join(', ')}${strangers.length > STRANGERS_NAMED ? ', …' : ''}`;
  throw new UsageError([`--keys or --input has keys that are not in the batch "${id}": ${named}`]);
}

type Money = Pick<RedriveSelection, 'fetched' | 'possiblyPaid' | 'leftUnknown'>;

/** @param last what is done */
function tell(money: Money, last: string, { stderr }: CliContext): void {
  for (const line of [...formatMoney(money), last]) stderr.write(`${line}\n`);
}

/** What is said of money. */
function formatMoney({ fetched, possiblyPaid, leftUnknown }: Money): readonly string[] {
  const items = (count: number) => formatCount(count, 'item');
  return [
    ...(fetched > 0 ? [`${items(fetched)} with a job that may be paid: it is fetched first, which costs nothing`] : []),
    ...(possiblyPaid > 0 ? [`${items(possiblyPaid)} may have been paid already, and may be paid once more now`] : []),
    ...(leftUnknown > 0
      ? [
          `${items(leftUnknown)} left as they are: they may have been paid, and have no job that could be fetched; ` +
            '--allow-unknown submits them again, which may be a second payment',
        ]
      : []),
  ];
}

/** @throws UsageError with every problem of the flags */
async function filterFrom(flags: RedriveFlags, problems: string[], context: CliContext): Promise<RedriveFilter> {
  const { outcome: outcomes } = flags;
  for (const outcome of outcomes ?? []) {
    if (!REDRIVABLE.some((name) => name === outcome)) {
      problems.push(`--outcome is "${outcome}"; must be one of ${REDRIVABLE.join(', ')}`);
    }
  }
  const keys = flags.keys === undefined ? null : await loadKeys(flags.keys, context, problems);
  const edited = await editedRows(flags, context, problems);
  if (problems.length > 0) throw new UsageError(problems);
  return {
    ...(outcomes === undefined ? {} : { outcomes: REDRIVABLE.filter((name) => outcomes.includes(name)) }),
    ...(flags.allowUnknown === undefined ? {} : { allowUnknown: flags.allowUnknown }),
    ...(flags.code === undefined ? {} : { codes: new Set(flags.code) }),
    ...(keys === null ? {} : { keys }),
    ...(edited === null ? {} : { edited }),
  };
}
