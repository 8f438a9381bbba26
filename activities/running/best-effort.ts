/** Steps that an item can do without: whether they succeed decides neither about money nor about an outcome. */
import { log } from '@temporalio/activity';
import type { LabelsOf } from '../../workflows/domain/item/metrics';
import { count } from './metrics';
import { findErrorName } from './name-of-error';

/** What was tried; a label of the metric. */
type BestEffortStep = LabelsOf<'imagepipeline_best_effort_failures'>['step'];

/** Does `work`; if it throws, the failure is logged without its message, counted, and `fallback` is returned. */
export async function tryBestEffort<T>(step: BestEffortStep, fallback: T, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    log.warn('a step failed that the item can do without', { step, code: findErrorName(error) });
    count('imagepipeline_best_effort_failures', { step });
    return fallback;
  }
}
