import { metricMeter } from '@temporalio/workflow';
import { rowOf } from '../domain/failures/fault';
import type { ItemEnd } from '../domain/item/decide-next';
import { type LabelsOf, metricRow, NO_CODE } from '../domain/item/metrics';
import type { OperationName } from '../domain/operations/operations';

const METRIC = 'imagepipeline_items';

/** Counts an item that has ended, once: not again when its history is replayed. Writes nothing into the history. */
export function countItem(operation: OperationName, { outcome, code }: ItemEnd): void {
  const labels: LabelsOf<typeof METRIC> = { operation, outcome, code: code === null ? NO_CODE : rowOf(code) };
  metricMeter.createCounter(METRIC, undefined, metricRow(METRIC).about).add(1, labels);
}
