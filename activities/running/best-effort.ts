/** Optional steps of an item: their success affects neither money nor outcome. */
import { log } from '@temporalio/activity';
import { findErrorName } from '../../workflows/domain/base/errors';
import type { LabelsOf } from '../../workflows/domain/item/metrics';
import { count } from './metrics';

/** The step's name, a metric label. */
type BestEffortStep = LabelsOf<'imagepipeline_best_effort_failures'>['step'];

/** Runs `work`. If it throws, logs the error without its message, counts it, and returns `fallback`. */
export async function tryBestEffort<T>(step: BestEffortStep, fallback: T, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    log.warn('an optional step failed', { step, code: findErrorName(error) });
    count('imagepipeline_best_effort_failures', { step });
    return fallback;
  }
}
