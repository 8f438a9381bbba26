/** The state of a run of a batch at its start, for one that was ended before its state could be read. Pure. */
import { withoutMissing } from '../base/without-missing';
import { type BatchSchedule, listUnopenedParts, type NewSchedule, newSchedule, sumTally } from './batch-schedule';
import type { BatchState } from './batch-state';
import { countItems, EMPTY_TALLY, NO_ITEMS } from './tally';

/** When a run began and, unless it runs, when it ended. */
export interface RunTimes {
  readonly startTime: Date;
  readonly closeTime?: Date;
}

/** The input of a run, as far as its state depends on it. */
interface RunInput extends Omit<NewSchedule, 'price'>, Partial<Pick<BatchState, 'skipped' | 'notStarted'>> {
  readonly carried?: { readonly schedule: BatchSchedule; readonly startedAt: string };
}

/** Each part that was not closed at the start may have a page by now. */
export function toInitialState(input: RunInput, times: RunTimes): BatchState {
  const { carried, concurrency = null, skipped = 0, notStarted } = input;
  const schedule = carried?.schedule ?? newSchedule({ ...input, price: 0 });
  const unopened = listUnopenedParts(schedule, schedule.parts.length).map(({ part, size }) => ({
    part,
    tally: { ...EMPTY_TALLY, counts: { ...NO_ITEMS, waiting: size } },
  }));
  const state = toNeverRun(times);
  return {
    ...state,
    total: countItems(sumTally(schedule)),
    skipped,
    ...withoutMissing({ notStarted }),
    tally: sumTally(schedule),
    concurrency,
    open: [...schedule.open, ...unopened],
    rest: schedule.closed,
    startedAt: carried?.startedAt ?? state.startedAt,
  };
}

/** The state of a run without any item. */
export function toNeverRun({ startTime, closeTime = startTime }: RunTimes): BatchState {
  return { ...NEVER_RUN, startedAt: startTime.toISOString(), updatedAt: closeTime.toISOString() };
}

const NEVER_RUN = {
  state: 'running',
  reason: null,
  pausedBy: null,
  hold: null,
  total: 0,
  skipped: 0,
  tally: EMPTY_TALLY,
  concurrency: null,
  permits: null,
  budget: null,
  open: [],
  rest: EMPTY_TALLY,
  finishedAt: null,
} as const satisfies Partial<BatchState>;
