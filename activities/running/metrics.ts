/** Emits activity metrics. A worker without metrics discards them. */
import { metricMeter } from '@temporalio/activity';
import { getMetricRow, type LabelsOf, type MetricOf } from '../../workflows/domain/item/metrics';

/** @param amount a whole number, 0 or more. Default 1 */
export function count<M extends MetricOf<'counter'>>(metric: M, labels: LabelsOf<M>, amount = 1): void {
  const { unit, about } = getMetricRow(metric);
  metricMeter.createCounter(metric, unit, about).add(amount, labels);
}

/** @param value 0 or more, in the metric's unit */
export function record<M extends MetricOf<'histogram'>>(metric: M, labels: LabelsOf<M>, value: number): void {
  const { unit, about } = getMetricRow(metric);
  metricMeter.createHistogram(metric, 'float', unit, about).record(value, labels);
}
