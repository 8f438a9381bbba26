import { metricMeter } from '@temporalio/workflow';
import { toRow } from '../domain/failures/fault';
import type { ItemEnd } from '../domain/item/decide-next';
import { getMetricRow, type LabelsOf, NO_CODE } from '../domain/item/metrics';
import type { OperationName } from '../domain/operations/operations';

const METRIC = 'imagepipeline_items';

/** Counts an ended item once, not again on replay. Writes nothing into the history. */
export function countItem(operation: OperationName, { outcome, code }: ItemEnd): void {
  const labels: LabelsOf<typeof METRIC> = { operation, outcome, code: code === null ? NO_CODE : toRow(code) };
  metricMeter.createCounter(METRIC, undefined, getMetricRow(METRIC).about).add(1, labels);
}
