/** Everything that a live check does to the API, within a cap of submissions. */
import { isLoopbackName } from '../../../workflows/domain/base/loopback';
import {
  DEFAULT_OPERATION,
  getOperationRow,
  type OperationName,
} from '../../../workflows/domain/operations/operations';
import { createImagePipelineApi } from '../api';
import type { StatusVerdict } from '../classify-status';
import { discardBody } from '../read-body';
import type { Transport } from '../transport';
import type { CallbackListener } from './callback-listener';
import type { Evidence, Exchange, JobFacts, JudgedExchange } from './evidence';
import { followJob, type LiveTools } from './follow-job';
import { Recorder } from './recorder';
import { buildSmallestRequest } from './smallest-request';

interface LiveOptions {
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly allowPrivateResults: boolean;
  readonly transport: Transport;
  /** Tried in this order. */
  readonly operations: readonly OperationName[];
  /** Maximum submissions that the API may accept, >= 1. */
  readonly maxSubmissions: number;
  readonly callbacks: CallbackListener | null;
  readonly waitsForExpiry: boolean;
  readonly onProgress: (line: string) => void;
}

/** The id of no job. */
const NO_JOB = 'imagepipeline-doctor';
const INVALID_KEY = 'ip_live_invalid';
const ROUTE_TIMEOUT_MS = 20_000;
const ACCOUNT_ROUTES = ['/v1/user/rate-limits', '/v1/user/plan', '/v1/user/usage'];

/** @throws nothing: whatever the API does is evidence */
export async function gatherEvidence(options: LiveOptions): Promise<Evidence> {
  const { baseUrl, apiKey, transport, allowPrivateResults } = options;
  const recorder = new Recorder(transport);
  const connect = (key: string) =>
    createImagePipelineApi({ baseUrl, apiKey: key, transport: recorder.send, allowPrivateResults });
  const tools: LiveTools = { api: connect(apiKey), recorder, ...options };
  const get = (path: string) => getRoute(options, recorder, path);
  const health = await get('/health');
  const eventSchema = await get('/webhooks/event-schema');
  const accountRoutes = await readAccountRoutes(get);
  const readNoJob = async (key: string): Promise<JudgedExchange> => {
    const verdict = await connect(key).readStatus(DEFAULT_OPERATION, NO_JOB, new AbortController().signal);
    return { exchange: recorder.last, verdict: nameVerdict(verdict) };
  };
  const invalidKey = await readNoJob(INVALID_KEY);
  const unknownJob = await readNoJob(apiKey);
  const { jobs, untried, submissions } = await tryOperations(tools, options);
  const left = options.maxSubmissions - submissions;
  const invalidRequest = left > 0 ? await sendInvalidRequest(tools) : null;
  const more = invalidRequest !== null && PAID_VERDICTS.includes(invalidRequest.verdict) ? 1 : 0;
  const isLocal = isLoopbackName(new URL(baseUrl).hostname);
  const free = { isLocal, health, eventSchema, accountRoutes, invalidKey, unknownJob, invalidRequest };
  return { ...free, jobs, untried, submissions: submissions + more };
}

/** Verdicts after which a job may exist. */
const PAID_VERDICTS: readonly string[] = ['accepted', 'unknown'];

function nameVerdict(verdict: StatusVerdict): string {
  return verdict.kind === 'trouble' ? verdict.code : verdict.kind;
}

async function readAccountRoutes(get: (path: string) => Promise<Exchange>): Promise<Evidence['accountRoutes']> {
  const exchanges: (readonly [string, Exchange])[] = [];
  for (const path of ACCOUNT_ROUTES) exchanges.push([path, await get(path)]);
  return Object.fromEntries(exchanges);
}

async function getRoute({ baseUrl, apiKey }: LiveOptions, recorder: Recorder, path: string): Promise<Exchange> {
  const url = baseUrl.replace(/\/+$/, '') + path;
  const headers = { accept: 'application/json', 'x-api-key': apiKey };
  try {
    const { body } = await recorder.send({ method: 'GET', url, headers, timeoutMs: ROUTE_TIMEOUT_MS });
    await discardBody(body);
  } catch {
    // The recorder has the problem.
  }
  return recorder.last;
}

async function sendInvalidRequest({ api, recorder, onProgress }: LiveTools): Promise<JudgedExchange> {
  // The one field that every source requires is missing.
  const verdict = await api.submit(DEFAULT_OPERATION, {});
  if (verdict.kind === 'accepted')
    onProgress(`${DEFAULT_OPERATION} without a prompt: accepted as job ${verdict.jobId}`);
  return { exchange: recorder.last, verdict: verdict.kind === 'refused' ? verdict.code : verdict.kind };
}

async function tryOperations(
  tools: LiveTools,
  { operations, maxSubmissions }: LiveOptions,
): Promise<Pick<Evidence, 'jobs' | 'untried' | 'submissions'>> {
  const jobs: JobFacts[] = [];
  const untried: Record<string, string> = {};
  let picture: string | null = null;
  let submissions = 0;
  for (const operation of operations) {
    const smallest = buildSmallestRequest(operation, picture);
    if ('needs' in smallest) untried[operation] = `needs ${smallest.needs} as its input`;
    else if (submissions >= maxSubmissions)
      untried[operation] = `would exceed the maximum of ${maxSubmissions} submissions`;
    else {
      const { facts, address } = await followJob(tools, operation, smallest.request);
      jobs.push(facts);
      if (PAID_VERDICTS.includes(facts.submit.verdict)) submissions += 1;
      if (getOperationRow(operation).output === 'image') picture ??= address;
    }
  }
  return { jobs, untried, submissions };
}
