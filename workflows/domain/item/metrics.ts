/**
 * What is counted while images are made: one row a metric. Names, units and labels are spelled here only; every label
 * takes its values from a closed list, so that no id and no text of a caller can become one.
 */
import { FAILURE_CODES } from '../failures/failures';
import { OPERATION_NAMES } from '../operations/operations';

export type LabelLists = Readonly<Record<string, readonly string[]>>;

interface MetricRow {
  /** `histogram` also where a sum of fractions is wanted: the SDK's counters are whole numbers. */
  readonly kind: 'counter' | 'histogram';
  /** Of a histogram, where its name does not say it yet: becomes the end of the name. */
  readonly unit?: 'seconds';
  readonly about: string;
  readonly labels: LabelLists;
  /** Upper bounds of a histogram, ascending. */
  readonly buckets?: readonly number[];
}

/** Where a label is a code and there was none. */
export const NO_CODE = 'NONE';
const CODES_OR_NONE = [...FAILURE_CODES, NO_CODE] as const;

const METRICS = {
  imagepipeline_submissions: {
    kind: 'counter',
    about: 'POSTs that were sent, by what became of them',
    labels: { operation: OPERATION_NAMES, verdict: ['accepted', 'refused', 'unknown'], code: CODES_OR_NONE },
  },
  imagepipeline_job_time: {
    kind: 'histogram',
    unit: 'seconds',
    about: 'From the acceptance of a job to its end, by the clock of the provider where it tells',
    labels: { operation: OPERATION_NAMES, state: ['completed', 'failed'] },
    buckets: [1, 2, 4, 8, 15, 30, 60, 120, 300, 600, 900],
  },
  imagepipeline_reads_per_job: {
    kind: 'histogram',
    about: 'Status reads until a job was seen to have ended',
    labels: { operation: OPERATION_NAMES },
    buckets: [1, 2, 3, 4, 6, 8, 12, 20, 50],
  },
  imagepipeline_faults: {
    kind: 'counter',
    about: 'Faults that activities met, by the step that met them; most are tried again',
    labels: { origin: ['submit', 'job', 'read'], code: FAILURE_CODES },
  },
  imagepipeline_contradictory_retryable_flags: {
    kind: 'counter',
    about: 'Failed jobs whose retryable flag contradicts the published table; the stricter of the two was followed',
    labels: { code: FAILURE_CODES },
  },
  imagepipeline_best_effort_failures: {
    kind: 'counter',
    about: 'Steps that failed and that items can do without, by step',
    labels: { step: ['governor-report', 'submission-log', 'submission-record'] },
  },
  imagepipeline_download_failures: {
    kind: 'counter',
    about: 'Downloads of a result that failed and are tried again with a fresh address',
    labels: { operation: OPERATION_NAMES },
  },
  imagepipeline_stored_bytes: {
    kind: 'counter',
    about: 'Verified results that were put into the store',
    labels: { store: ['folder', 's3'] },
  },
  imagepipeline_charge_credits: {
    kind: 'histogram',
    about: 'Credits charged for a stored job, as the provider tells them; the sum is what was spent',
    labels: { operation: OPERATION_NAMES },
    buckets: [0, 1, 2, 5, 10, 20, 50, 100],
  },
  imagepipeline_charge_usd: {
    kind: 'histogram',
    about: 'US dollars charged for a stored job, as the provider tells them; the sum is what was spent',
    labels: { operation: OPERATION_NAMES },
    buckets: [0, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1],
  },
  imagepipeline_items: {
    kind: 'counter',
    about: 'Items that have ended, by outcome',
    labels: {
      operation: OPERATION_NAMES,
      outcome: ['succeeded', 'failed', 'cancelled', 'unknown'],
      code: CODES_OR_NONE,
    },
  },
} as const satisfies Record<string, MetricRow>;

type Rows = typeof METRICS;
type MetricName = keyof Rows;
export type MetricOf<K extends MetricRow['kind']> = {
  [M in MetricName]: Rows[M]['kind'] extends K ? M : never;
}[MetricName];
/** The labels of a metric, each from its list. */
export type LabelsOf<M extends MetricName> = {
  readonly [L in keyof Rows[M]['labels']]: Rows[M]['labels'][L] extends readonly (infer V)[] ? V & string : never;
};

export const METRIC_NAMES = Object.keys(METRICS) as readonly MetricName[];

/** The row of a metric, typed as the common shape rather than as its literal. */
export function getMetricRow(name: MetricName): MetricRow {
  return METRICS[name];
}

/** As Prometheus shows it, without what a histogram adds to it. */
export function exposedName(name: MetricName): string {
  const { kind, unit } = getMetricRow(name);
  const withUnit = unit === undefined ? name : `${name}_${unit}`;
  return kind === 'counter' ? `${withUnit}_total` : withUnit;
}
