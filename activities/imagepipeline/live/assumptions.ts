/** What this product assumes of the API, and whether a live check agrees. Pure. */
import { getOperationRow } from '../../../workflows/domain/operations/operations';
import { ANSWER_FIELDS, JOB_STATES } from '../answer-fields';
import type { CallbackFacts, Evidence, Exchange, JobFacts, JudgedExchange } from './evidence';

/** `unknown`: nothing was seen that could agree or differ. */
export type Verdict = 'agrees' | 'differs' | 'unknown';

interface Judgement {
  readonly verdict: Verdict;
  readonly seen: string;
  /** A setting that adapts the product to the difference. */
  readonly proposal?: string;
}

interface Assumption {
  readonly assumed: string;
  readonly judge: (evidence: Evidence) => Judgement;
}

/** One assumption, and what was seen of it. */
export interface ReportLine extends Judgement {
  readonly topic: string;
  readonly assumed: string;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A callback that comes later than this is slower than a status read. In ms. */
const MAX_CALLBACK_MS = 10_000;

/** By topic, in the order of the report. */
const ASSUMPTIONS: Readonly<Record<string, Assumption>> = {
  health: { assumed: 'GET /health answers 200', judge: ({ health }) => judgeStatus(health, 200) },
  'event-schema': {
    assumed: 'GET /webhooks/event-schema answers 200 with an example event',
    judge: ({ eventSchema }) => judgeStatus(eventSchema, 200),
  },
  'account-routes': {
    assumed: 'the account routes may name the limits of the plan; they are not used',
    judge: ({ accountRoutes }) => {
      const lines = Object.entries(accountRoutes).map(([path, exchange]) => `${path}: ${describeExchange(exchange)}`);
      return { verdict: 'unknown', seen: lines.join('; ') };
    },
  },
  'invalid-key': {
    assumed: 'an invalid key is refused with 401, which stops the account',
    judge: ({ invalidKey }) => judgeVerdict(invalidKey, ['UNAUTHENTICATED']),
  },
  'unknown-job': {
    assumed: 'the status of a job that does not exist is 404',
    judge: ({ unknownJob }) => judgeVerdict(unknownJob, ['JOB_NOT_FOUND']),
  },
  'invalid-request': {
    assumed: 'a request without its required field is refused with 422 and costs nothing',
    judge: ({ invalidRequest }) =>
      invalidRequest === null
        ? unseen('not sent: it needs one more submission allowed')
        : judgeVerdict(invalidRequest, ['INPUT_INVALID']),
  },
  submit: {
    assumed: 'a valid request is answered with 2xx and a job id',
    judge: overJobs(({ submit }) => judgeVerdict(submit, ['accepted'])),
  },
  'submit-fields': {
    assumed: `an accepted request is answered with known fields: ${ANSWER_FIELDS.submit.join(', ')}`,
    judge: overJobs(({ jobId, submit }) =>
      jobId === null ? null : judgeFields(submit.exchange, ANSWER_FIELDS.submit),
    ),
  },
  states: {
    assumed: `a job is one of: ${JOB_STATES.join(', ')}`,
    judge: overJobs(({ states, hasProgress }) => {
      if (states.length === 0) return null;
      const strange = states.filter((state) => !JOB_STATES.includes(state.toLowerCase()));
      const seen = `${states.join(' → ')}, ${hasProgress ? 'with' : 'without'} progress`;
      return { verdict: strange.length === 0 ? 'agrees' : 'differs', seen };
    }),
  },
  'status-fields': {
    assumed: 'a status answer has known fields',
    judge: overJobs(({ status }) => (status === null ? null : judgeFields(status, ANSWER_FIELDS.status))),
  },
  end: {
    assumed: 'a small job completes within the time budget of its operation',
    judge: overJobs(({ operation, jobId, end, code, tookMs, reads }) => {
      if (jobId === null) return null;
      const { typicalMs } = getOperationRow(operation);
      const failure = code === null ? '' : ` with ${code}`;
      const time = `${formatSeconds(tookMs)} (typically ${formatSeconds(typicalMs)}), ${reads} reads`;
      return { verdict: end === 'completed' ? 'agrees' : 'differs', seen: `${end}${failure} after ${time}` };
    }),
  },
  charge: {
    assumed: 'a completed status has a charge, in credits or USD',
    judge: overJobs(({ end, hasCharge }) => {
      if (end !== 'completed') return null;
      return { verdict: hasCharge ? 'agrees' : 'differs', seen: hasCharge ? 'a charge' : 'no charge' };
    }),
  },
  address: {
    assumed: 'the address of a result is https and public, unless the API runs on this machine',
    judge: overJobs(({ address }, { isLocal }) => {
      if (address === null) return null;
      const { isHttps, isPrivateHost } = address;
      const seen = `${isHttps ? 'https' : 'not https'}, ${isPrivateHost ? 'a private host' : 'a public host'}`;
      if (isLocal || (isHttps && !isPrivateHost)) return { verdict: 'agrees', seen };
      return {
        verdict: 'differs',
        seen,
        ...(isPrivateHost ? { proposal: 'IMAGEPIPELINE_ALLOW_PRIVATE_RESULTS=on' } : {}),
      };
    }),
  },
  expiry: {
    assumed: 'the address of a result expires within a day',
    judge: overJobs(({ address }) => {
      if (address === null) return null;
      const { expiresInMs } = address;
      if (expiresInMs === null) return unseen('the address names no expiry');
      const verdict = expiresInMs <= DAY_MS ? 'agrees' : 'differs';
      return { verdict, seen: `expires ${formatSeconds(expiresInMs)} after the read` };
    }),
  },
  renewal: {
    assumed: 'a status read returns a working address, new or not',
    judge: overJobs(({ address, download }) => {
      if (address === null || download === null) return null;
      const seen = address.isRenewed
        ? 'a second read returned a new address'
        : 'a second read returned the same address';
      return { verdict: download.problem === null ? 'agrees' : 'differs', seen };
    }),
  },
  'after-expiry': {
    assumed: 'an expired address is refused, and a read then returns a new one',
    judge: overJobs(({ expiry }) => {
      if (expiry === null) return null;
      const { statusAfter, statusOfNew } = expiry;
      const seen = `expired address: HTTP ${statusAfter ?? 'none'}; address of a new read: HTTP ${statusOfNew ?? 'none'}`;
      return { verdict: statusAfter !== 200 && statusOfNew === 200 ? 'agrees' : 'differs', seen };
    }),
  },
  download: {
    assumed: 'two downloads return the same bytes, complete and of the kind that the operation makes',
    judge: overJobs(({ download }) => {
      if (download === null) return null;
      const { isSame, mimeType, declaredType, problem, hasProvenance } = download;
      const seen = [
        problem ?? `${mimeType ?? 'unknown bytes'}, declared as ${declaredType ?? 'nothing'}`,
        isSame ? 'the same twice' : 'not the same twice',
        hasProvenance ? 'with a C2PA manifest' : 'without a C2PA manifest',
      ].join(', ');
      return { verdict: problem === null && isSame ? 'agrees' : 'differs', seen };
    }),
  },
  callback: {
    assumed: `a callback arrives once, within ${formatSeconds(MAX_CALLBACK_MS)} of the end, as JSON that names the job`,
    judge: overJobs(({ callback, jobId }) => {
      if (callback === null || jobId === null) return null;
      return callback === 'none' ? { verdict: 'differs', seen: 'no callback' } : judgeCallback(callback);
    }),
  },
  'retry-after': {
    assumed: 'an answer that asks for a delay has Retry-After in seconds or as a date',
    judge: (evidence) => {
      const values = listExchanges(evidence).flatMap((one) => ('status' in one && one.retryAfter) || []);
      return values.length === 0 ? unseen('no answer had Retry-After') : { verdict: 'agrees', seen: values.join(', ') };
    },
  },
};

/** Compares what was seen with every assumption. */
export function compareWithAssumptions(evidence: Evidence): readonly ReportLine[] {
  return Object.entries(ASSUMPTIONS).map(([topic, { assumed, judge }]) => ({ topic, assumed, ...judge(evidence) }));
}

function unseen(seen: string): Judgement {
  return { verdict: 'unknown', seen };
}

function judgeStatus(exchange: Exchange, expected: number): Judgement {
  const verdict = 'status' in exchange && exchange.status === expected ? 'agrees' : 'differs';
  return { verdict, seen: describeExchange(exchange) };
}

function judgeVerdict({ exchange, verdict }: JudgedExchange, expected: readonly string[]): Judgement {
  const status = 'status' in exchange ? `HTTP ${exchange.status}` : exchange.problem;
  return { verdict: expected.includes(verdict) ? 'agrees' : 'differs', seen: `${status}, taken as ${verdict}` };
}

function isKnownField(field: string, known: readonly string[]): boolean {
  return known.includes(field.split(':')[0] ?? '');
}

function judgeFields(exchange: Exchange, known: readonly string[]): Judgement {
  if (!('status' in exchange)) return { verdict: 'differs', seen: exchange.problem };
  const strange = exchange.shape.filter((field) => !isKnownField(field, known));
  if (strange.length > 0) return { verdict: 'differs', seen: `new fields: ${strange.join(', ')}` };
  return { verdict: 'agrees', seen: 'known fields only' };
}

function judgeCallback({ deliveries, afterEndMs, contentType, shape, namesJob }: CallbackFacts): Judgement {
  const strange = shape.filter((field) => !isKnownField(field, ANSWER_FIELDS.callback));
  const isJson = contentType?.includes('json') === true;
  const isExpected = deliveries === 1 && isJson && namesJob && afterEndMs <= MAX_CALLBACK_MS && strange.length === 0;
  const seen = [
    `${deliveries} of ${contentType ?? 'no type'}`,
    `${formatSeconds(afterEndMs)} after a read saw the end`,
    namesJob ? 'names the job' : 'does not name the job',
    strange.length === 0 ? 'known fields only' : `new fields: ${strange.join(', ')}`,
  ].join('; ');
  return { verdict: isExpected ? 'agrees' : 'differs', seen };
}

/** Judges each job; `null` says nothing. A difference wins over agreements. */
function overJobs(judge: (job: JobFacts, evidence: Evidence) => Judgement | null): Assumption['judge'] {
  return (evidence) => {
    const judged = evidence.jobs.flatMap((job) => {
      const judgement = judge(job, evidence);
      return judgement === null ? [] : [{ ...judgement, operation: job.operation }];
    });
    if (judged.length === 0) return unseen('nothing to compare');
    const worst = (['differs', 'agrees'] as const).find((one) => judged.some(({ verdict }) => verdict === one));
    const proposal = judged.find((one) => one.proposal !== undefined)?.proposal;
    const seen = groupBySeen(judged);
    return { verdict: worst ?? 'unknown', seen, ...(proposal === undefined ? {} : { proposal }) };
  };
}

/** Operations with the same text share it. */
function groupBySeen(judged: readonly { readonly operation: string; readonly seen: string }[]): string {
  const groups = new Map<string, string[]>();
  for (const { operation, seen } of judged) groups.set(seen, [...(groups.get(seen) ?? []), operation]);
  return [...groups].map(([seen, operations]) => `${operations.join(', ')}: ${seen}`).join('; ');
}

function describeExchange(exchange: Exchange): string {
  if (!('status' in exchange)) return exchange.problem;
  return `HTTP ${exchange.status}${exchange.shape.length === 0 ? '' : ` (${exchange.shape.join(', ')})`}`;
}

function listExchanges(evidence: Evidence): readonly Exchange[] {
  const { health, eventSchema, accountRoutes, invalidKey, unknownJob, invalidRequest, jobs } = evidence;
  const ofJobs = jobs.flatMap(({ submit, status }) => [submit.exchange, ...(status === null ? [] : [status])]);
  const judged = [
    invalidKey.exchange,
    unknownJob.exchange,
    ...(invalidRequest === null ? [] : [invalidRequest.exchange]),
  ];
  return [health, eventSchema, ...Object.values(accountRoutes), ...judged, ...ofJobs];
}

function formatSeconds(ms: number): string {
  return ms < 2 * HOUR_MS ? `${(ms / 1_000).toFixed(1)} s` : `${(ms / HOUR_MS).toFixed(1)} h`;
}
