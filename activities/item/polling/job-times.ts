/**
 * What a worker has learned of its jobs' times, an operation at a time. Three clues are followed, and the one that has
 * erred least is believed: how long such jobs take, what the provider estimated, and how far it says that the job is.
 */
import type { OperationName } from '../../../workflows/domain/operations/operations';
import { buildModel, type Learned, NOTHING_LEARNED, toModel } from './job-times-learned';
import { type Lognormal, meanMs, type TimeSpan } from './job-times-lognormal';

/** What is known of one job that goes on, apart from the time. */
export interface JobClues {
  /** The provider's own estimate, in ms; `null` where it gave none. */
  readonly estimatedMs: number | null;
  /** When the job would end if it went on as so far, in ms since it was accepted; `null` where that cannot be told. */
  readonly projectedMs: number | null;
}

/** A job that completed; times in ms since it was accepted. */
interface EndedJob extends JobClues {
  /** Last time that it was seen running, 0 if never. */
  readonly seenRunningMs: number;
  /** When it was seen completed. */
  readonly seenEndedMs: number;
  /** As the provider gives it; `null` where it does not. */
  readonly ranMs: number | null;
}

type Clue = 'usual' | 'estimate' | 'projection';
type Clues = Readonly<Record<Clue, Learned>>;

/** In which time a clue's errors are multiples; `null`: the clue says nothing of this job. */
const BASES: Readonly<Record<Clue, (job: JobClues) => number | null>> = {
  usual: () => 1,
  estimate: ({ estimatedMs }) => positive(estimatedMs),
  projection: ({ projectedMs }) => positive(projectedMs),
};
const CLUES = Object.keys(BASES) as readonly Clue[];
const NO_CLUES: Clues = { usual: NOTHING_LEARNED, estimate: NOTHING_LEARNED, projection: NOTHING_LEARNED };

/** Jobs that must have been seen before a clue is believed. */
const ENOUGH_JOBS = 50;
/** Jobs that must have been seen before their mean is told: it need not be exact. */
const FEW_JOBS = 10;
/** A provider's clock and rounding may put an end this far outside of what we saw, in ms. */
const CLOCK_SLACK_MS = 1_000;
/** Less than this says that there was no time, rather than how long it was. */
const MIN_TIME_MS = 1;

/** Memory: a dozen numbers an operation. */
export class JobTimes {
  readonly #byOperation = new Map<OperationName, Clues>();

  learn(operation: OperationName, job: EndedJob): void {
    const before = this.#byOperation.get(operation) ?? NO_CLUES;
    const span = toSpan(job);
    const after = CLUES.map((clue) => [clue, addJob(before[clue], span, BASES[clue](job))] as const);
    this.#byOperation.set(operation, Object.fromEntries(after) as Clues);
  }

  /** Mean time of such jobs from their acceptance, in ms; `null` until some of them were seen. */
  usualMs(operation: OperationName): number | null {
    const { usual } = this.#byOperation.get(operation) ?? NO_CLUES;
    const model = usual.count < FEW_JOBS ? null : buildModel(usual);
    return model === null ? null : Math.round(meanMs(model));
  }

  /** How long such a job takes from its acceptance; `null` until enough of them were seen. */
  forecast(operation: OperationName, job: JobClues): Lognormal | null {
    const known = this.#byOperation.get(operation) ?? NO_CLUES;
    const forecasts = CLUES.flatMap((clue) => forecastBy(known[clue], BASES[clue](job)));
    return forecasts.reduce<Lognormal | null>((best, one) => (best && best.sigma <= one.sigma ? best : one), null);
  }
}

function addJob(before: Learned, { fromMs, toMs }: TimeSpan, base: number | null): Learned {
  return base === null ? before : toModel(before, { fromMs: fromMs / base, toMs: toMs / base });
}

function forecastBy(known: Learned, base: number | null): readonly Lognormal[] {
  const model = known.count < ENOUGH_JOBS ? null : buildModel(known);
  return model === null || base === null ? [] : [{ ...model, mean: model.mean + Math.log(base) }];
}

/** The provider's own time where it agrees with what we saw, else between the last two reads. */
function toSpan({ seenRunningMs, seenEndedMs, ranMs }: EndedJob): TimeSpan {
  const agrees = ranMs !== null && ranMs >= seenRunningMs - CLOCK_SLACK_MS && ranMs <= seenEndedMs + CLOCK_SLACK_MS;
  const toMs = Math.max(MIN_TIME_MS, agrees ? ranMs : seenEndedMs);
  return { fromMs: agrees ? toMs : Math.min(seenRunningMs, toMs), toMs };
}

function positive(ms: number | null): number | null {
  return ms !== null && ms > 0 ? ms : null;
}
