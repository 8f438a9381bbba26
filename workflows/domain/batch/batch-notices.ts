/** What is to be notified about a batch. Pure. */
import type { BatchNotificationType, Occurrence } from '../notifications/notification';
import { type BatchState, countFailures, type PauseCause, parseMaxFailures, toSearchState } from './batch-state';
import type { Tally } from './tally';

/** What was last notified about a batch. */
export interface BatchNotices {
  /** Number of notifications of this run. */
  readonly count: number;
  /** State, and why it is paused. */
  readonly state: string;
  /** Whether many failures were notified. */
  readonly isFailing: boolean;
}

/** Nothing is notified about the start. */
export const NO_NOTICES: BatchNotices = { count: 0, state: 'running', isFailing: false };

interface NoticeTerms {
  readonly batch: string;
  readonly run: string;
  /** Failed and unknown items that are notified once, for instance `12` or `5%`. */
  readonly failures: string;
  /** What the batch counted before this run. */
  readonly base: Tally;
  /** Whether it is being cancelled: then only its end is notified. */
  readonly isCancelling: boolean;
}

/** What has happened since the last notices. */
export function findOccurrences(
  before: BatchNotices,
  state: BatchState,
  terms: NoticeTerms,
): { readonly occurrences: readonly Occurrence[]; readonly notices: BatchNotices } {
  const isFailing = before.isFailing || hasReached(state, terms);
  const isPassing = terms.isCancelling && state.finishedAt === null;
  const now = isPassing ? before.state : toNoticedState(state);
  const types: readonly BatchNotificationType[] = [
    ...(isFailing && !before.isFailing ? (['batch.failures-reached'] as const) : []),
    ...(now === before.state ? [] : [toType(state)]),
  ];
  const data = toData(state, terms);
  return {
    occurrences: types.map((type) => ({ type, data })),
    notices: { count: before.count + types.length, state: now, isFailing },
  };
}

function hasReached({ tally, total }: BatchState, { failures, base }: NoticeTerms): boolean {
  const limit = parseMaxFailures(failures);
  const count = countFailures(tally) - countFailures(base);
  if (limit === null || count <= 0) return false;
  return count >= ('items' in limit ? limit.items : (total * limit.percent) / 100);
}

/** Another cause of a pause is another state, and so is another hold. */
function toNoticedState({ state, pausedBy, hold }: BatchState): string {
  const code = pausedBy === 'account' ? hold?.code : undefined;
  return [state, pausedBy, code].filter((part) => typeof part === 'string').join(' ');
}

function toType({ state, pausedBy }: BatchState): BatchNotificationType {
  if (state === 'completed') return 'batch.completed';
  if (state === 'cancelled') return 'batch.cancelled';
  if (state === 'running') return 'batch.resumed';
  return pausedBy === 'account' ? 'batch.held' : 'batch.paused';
}

/** What to do about a pause; for a hold, see its code. */
const PAUSE_REMEDIES: Readonly<Record<Exclude<PauseCause, 'account'>, string>> = {
  request: 'Run "imagepipeline resume ID" to continue.',
  failures: 'Look at the failures: "imagepipeline results ID --outcome failed". Then run "imagepipeline resume ID".',
  budget: 'Raise the budget to continue: "imagepipeline set ID --budget-submissions" or "--budget-cost".',
  store:
    'Read the reason with "imagepipeline status ID", give the workers the store of the batch, then run "imagepipeline resume ID".',
};

/** Not the reason, which may contain paths and words of people. */
function toData(state: BatchState, { batch, run }: NoticeTerms): Occurrence['data'] {
  const { total, tally, pausedBy, hold } = state;
  const pause = pausedBy === null || pausedBy === 'account' ? null : PAUSE_REMEDIES[pausedBy];
  const remedy = (pause ?? hold?.remedy ?? null)?.replace(/\bID\b/g, batch) ?? null;
  const counts = { total, ...tally.counts };
  return { batch, run, state: toSearchState(state), pausedBy, code: hold?.code ?? null, remedy, counts };
}
