/**
 * Metrics of items: one row per metric. Names, units and labels are defined only here. Labels take values from closed
 * lists, which excludes ids and user text.
 */
import { FAILURE_CODES } from '../failures/failures';
import { OPERATION_NAMES } from '../operations/operations';

export type LabelLists = Readonly<Record<string, readonly string[]>>;

interface MetricRow {
  /** `histogram` is also used for sums of fractions, because the SDK's counters are integers. */
  readonly kind: 'counter' | 'histogram';
  /** Unit of a histogram, appended to the name if the name lacks it. */
  readonly unit?: 'seconds';
  readonly about: string;
  readonly labels: LabelLists;
  /** Upper bounds of a histogram, ascending. */
  readonly buckets?: readonly number[];
}

/** Label value for "no code". */
export const NO_CODE = 'NONE';
const CODES_OR_NONE = [...FAILURE_CODES, NO_CODE] as const;

const METRICS = {
  imagepipeline_submissions: {
    kind: 'counter',
    about: 'POSTs sent, by outcome',
    labels: { operation: OPERATION_NAMES, verdict: ['accepted', 'refused', 'unknown'], code: CODES_OR_NONE },
  },
  imagepipeline_job_time: {
    kind: 'histogram',
    unit: 'seconds',
    about: 'Time from the acceptance of a job to its end, by the clock of the provider if available',
    labels: { operation: OPERATION_NAMES, state: ['completed', 'failed'] },
    buckets: [1, 2, 4, 8, 15, 30, 60, 120, 300, 600, 900],
  },
  imagepipeline_reads_per_job: {
    kind: 'histogram',
    about: 'Status reads per job until its end',
    labels: { operation: OPERATION_NAMES },
    buckets: [1, 2, 3, 4, 6, 8, 12, 20, 50],
  },
  imagepipeline_faults: {
    kind: 'counter',
    about: 'Faults in activities, by origin; most are retried',
    labels: { origin: ['submit', 'job', 'read'], code: FAILURE_CODES },
  },
  imagepipeline_contradictory_retryable_flags: {
    kind: 'counter',
    about: 'Failed jobs whose retryable flag contradicts the published table; the stricter of the two applies',
    labels: { code: FAILURE_CODES },
  },
  imagepipeline_best_effort_failures: {
    kind: 'counter',
    about: 'Failures of optional steps, by step',
    labels: {
      step: [
        'governor-report',
        'submission-log',
        'journal-entry',
        'unreported-job',
        'step-record',
        'job-end',
        'undocumented-answers',
      ],
    },
  },
  imagepipeline_unreported_jobs: {
    kind: 'counter',
    about: 'Accepted jobs that Temporal did not take from their attempt, because it was away or had given up',
    labels: { temporal: ['away', 'given-up'] },
  },
  imagepipeline_undocumented_answers: {
    kind: 'counter',
    about: 'Answers of the API with fields or states that are not documented',
    labels: { kind: ['submit', 'status'] },
  },
  imagepipeline_download_failures: {
    kind: 'counter',
    about: 'Failed downloads of a result, retried with a fresh URL',
    labels: { operation: OPERATION_NAMES },
  },
  imagepipeline_uploads: {
    kind: 'counter',
    about: 'Inputs that are files, by result: uploaded, remembered from an earlier upload, or refused',
    labels: { result: ['uploaded', 'remembered', 'refused'], code: CODES_OR_NONE },
  },
  imagepipeline_uploaded_bytes: {
    kind: 'counter',
    about: 'Bytes of inputs uploaded to the provider',
    labels: {},
  },
  imagepipeline_stored_bytes: {
    kind: 'counter',
    about: 'Bytes of verified results written to the store',
    labels: { store: ['folder', 's3'] },
  },
  imagepipeline_charge_credits: {
    kind: 'histogram',
    about: 'Credits charged per stored job, as reported by the provider; the sum is the amount spent',
    labels: { operation: OPERATION_NAMES },
    buckets: [0, 1, 2, 5, 10, 20, 50, 100],
  },
  imagepipeline_charge_usd: {
    kind: 'histogram',
    about: 'US dollars charged per stored job, as reported by the provider; the sum is the amount spent',
    labels: { operation: OPERATION_NAMES },
    buckets: [0, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1],
  },
  imagepipeline_items: {
    kind: 'counter',
    about: 'Ended items, by outcome',
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
/** Labels of a metric, each with its list of values. */
export type LabelsOf<M extends MetricName> = {
  readonly [L in keyof Rows[M]['labels']]: Rows[M]['labels'][L] extends readonly (infer V)[] ? V & string : never;
};

export const METRIC_NAMES = Object.keys(METRICS) as readonly MetricName[];

/** The row of a metric, with the common type rather than its literal type. */
export function getMetricRow(name: MetricName): MetricRow {
  return METRICS[name];
}
