import type { Limits } from '../books/limits';
import type { FailJobAction, JobAction } from '../faults/rules';
import { findScenario } from '../faults/scenarios';
import { draw, lognormal } from '../random';
import type { JobEnd, JobPlan } from './job';

interface PlanInput {
  readonly now: number;
  readonly limits: Pick<Limits, 'jobTime' | 'queueWaitMs'>;
  /** Seed of the emulator and number of the job, which together determine every draw. */
  readonly seed: number;
  readonly number: number;
  /** Factor on the job's time. */
  readonly durationFactor: number;
  readonly action: JobAction | null;
}

export function planJob({ now, limits, seed, number, durationFactor, action }: PlanInput): JobPlan {
  const startsAt = now + limits.queueWaitMs;
  const fixedMs = action !== null && 'jobMs' in action ? action.jobMs : undefined;
  const processingMs = fixedMs ?? Math.round(durationFactor * drawnJobMs(limits, seed, number));
  const never = action !== null && 'never' in action;
  return { startsAt, endsAt: never ? null : startsAt + processingMs, end: planEnd(action) };
}

/** A job above the limit waits in the queue and fails when it would have started. */
export function planOverLimit(now: number, queueWaitMs: number): JobPlan {
  return { startsAt: null, endsAt: now + queueWaitMs, end: failedEnd({ failJob: 'CONCURRENT_JOBS_EXCEEDED' }) };
}

function drawnJobMs({ jobTime }: PlanInput['limits'], seed: number, number: number): number {
  const first = draw('job-time-radius', seed, number);
  const second = draw('job-time-angle', seed, number);
  return Math.round(lognormal(jobTime.medianMs, jobTime.sigma, first, second));
}

function planEnd(action: JobAction | null): JobEnd {
  if (action !== null && 'failJob' in action) return failedEnd(action);
  return { status: 'completed', withUrl: action === null || !('completeWithoutUrl' in action) };
}

function failedEnd({ failJob: code, message, retryable }: FailJobAction): JobEnd {
  const scenario = findScenario(code);
  return {
    status: scenario?.jobStatus ?? 'failed',
    code,
    message: message ?? scenario?.message ?? `The job failed: ${code}.`,
    retryable: retryable === undefined ? (scenario?.retryable ?? null) : retryable,
  };
}
