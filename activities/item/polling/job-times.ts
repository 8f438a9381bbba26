/**
 * Job times learned by a worker, per operation. Three clues compete, and the one with the smallest error so far is
 * used: the usual time of such jobs, the provider's estimate, and the job's progress.
 */
import type { OperationName } from '../../../workflows/domain/operations/operations';
import { buildModel, type Learned, NOTHING_LEARNED, toModel } from './job-times-learned';
import { type Lognormal, meanMs, type TimeSpan } from './job-times-lognormal';

/** What is known about one unfinished job, apart from the elapsed time. */
export interface JobClues {
  /** The provider's estimate, in ms; `null` if absent. */
  readonly estimatedMs: number | null;
  /** Projected end from the progress so far, in ms since the job was accepted; `null` if unknown. */
  readonly projectedMs: number | null;
}

/** A completed job; times in ms since it was accepted. */
interface EndedJob extends JobClues {
  /** Last time the job was observed running; 0 if never. */
  readonly seenRunningMs: number;
  /** When the job was observed completed. */
  readonly seenEndedMs: number;
  /** Run time by the provider's clock; `null` if absent. */
  readonly ranMs: number | null;
}

type Clue = 'usual' | 'estimate' | 'projection';
type Clues = Readonly<Record<Clue, Learned>>;

/** Base time of each clue; its errors are multiples of it. `null`: the clue does not apply to this job. */
const BASES: Readonly<Record<Clue, (job: JobClues) => number | null>> = {
  usual: () => 1,
  estimate: ({ estimatedMs }) => positive(estimatedMs),
  projection: ({ projectedMs }) => positive(projectedMs),
};
const CLUES = Object.keys(BASES) as readonly Clue[];
const NO_CLUES: Clues = { usual: NOTHING_LEARNED, estimate: NOTHING_LEARNED, projection: NOTHING_LEARNED };

/** Jobs observed before a clue is used. */
const ENOUGH_JOBS = 50;
/** Jobs observed before their mean is reported, which need not be exact. */
const FEW_JOBS = 10;
/** How far the provider's clock and rounding may place an end outside the observed interval, in ms. */
const CLOCK_SLACK_MS = 1_000;
/** A shorter time means that no time was recorded. */
const MIN_TIME_MS = 1;

/** Memory: about a dozen numbers per operation. */
export class JobTimes {
  readonly #byOperation = new Map<OperationName, Clues>();

  learn(operation: OperationName, job: EndedJob): void {
    const before = this.#byOperation.get(operation) ?? NO_CLUES;
    const span = toSpan(job);
    const after = CLUES.map((clue) => [clue, addJob(before[clue], span, BASES[clue](job))] as const);
    this.#byOperation.set(operation, Object.fromEntries(after) as Clues);
  }

  /** Mean time of such jobs since acceptance, in ms; `null` until some were observed. */
  usualMs(operation: OperationName): number | null {
    const { usual } = this.#byOperation.get(operation) ?? NO_CLUES;
    const model = usual.count < FEW_JOBS ? null : buildModel(usual);
    return model === null ? null : Math.round(meanMs(model));
  }

  /** Distribution of such a job's time since acceptance; `null` until enough were observed. */
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

/** Uses the provider's time if it agrees with our observations, else the interval between the last two reads. */
function toSpan({ seenRunningMs, seenEndedMs, ranMs }: EndedJob): TimeSpan {
  const agrees = ranMs !== null && ranMs >= seenRunningMs - CLOCK_SLACK_MS && ranMs <= seenEndedMs + CLOCK_SLACK_MS;
  const toMs = Math.max(MIN_TIME_MS, agrees ? ranMs : seenEndedMs);
  return { fromMs: agrees ? toMs : Math.min(seenRunningMs, toMs), toMs };
}

function positive(ms: number | null): number | null {
  return ms !== null && ms > 0 ? ms : null;
}
