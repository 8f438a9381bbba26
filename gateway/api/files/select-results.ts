/** Results of a batch that a caller wants. */
import { z } from 'zod';
import { type BatchStore, BEGINNING, type Manifest, type StartPlace } from '../../../activities/store';
import type { RowIndex } from '../../../client/batches/row-index';
import { type BatchActivity, readSettledParts } from '../../../client/batches/settled-results';
import type { ResultLine } from '../../../workflows/domain/item/result-row';
import { ApiProblem } from '../problem';
import { idSchema } from '../requests';

const OUTCOMES = ['succeeded', 'failed', 'cancelled', 'unknown'] as const;

/** The parts of a query that select results. */
export const resultFilters = {
  after: idSchema.optional().describe('only items after the one with this key, in the order of the rows'),
  outcome: z.enum(OUTCOMES).optional().describe('only items with this outcome; with step: whose step has it'),
  code: z.string().min(1).max(100).optional().describe('only items that ended with this code'),
  step: z.string().min(1).max(100).optional().describe('only items that have reached this step'),
};

export type ResultFilters = { readonly [N in keyof typeof resultFilters]?: z.output<(typeof resultFilters)[N]> };

/**
 * Finds where the results begin.
 *
 * @throws ApiProblem if the batch has no item with the key of `after`
 */
export async function findStart(rows: RowIndex, manifest: Manifest, after: string | undefined): Promise<StartPlace> {
  const start = after === undefined ? BEGINNING : await rows.findAfter(manifest, after);
  if (start === null) throw new ApiProblem('NOT_FOUND', 'the batch has no item with the key in "after"');
  return start;
}

/**
 * Yields the results so far, in the order of the rows, as many at once as are read at once. Parts before the start are not read.
 *
 * @param ask called at the first item without an outcome
 * @throws StoreUnavailable
 */
export async function* selectResults(
  batches: BatchStore,
  manifest: Manifest,
  ask: () => Promise<BatchActivity>,
  filters: Omit<ResultFilters, 'after'>,
  start: StartPlace,
): AsyncGenerator<readonly ResultLine[]> {
  for await (const { items } of readSettledParts(batches, manifest, ask, start)) {
    const lines = items.flatMap(({ line }) => (line !== null && isWanted(line, filters) ? line : []));
    if (lines.length > 0) yield lines;
  }
}

function isWanted(line: ResultLine, { outcome, code, step }: Omit<ResultFilters, 'after'>): boolean {
  const part = step === undefined ? line : line.steps?.find(({ id }) => id === step);
  return (
    part !== undefined &&
    (outcome === undefined || part.outcome === outcome) &&
    (code === undefined || line.code === code)
  );
}
