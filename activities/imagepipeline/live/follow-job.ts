/** Submits one job and follows it to its end by reads, then downloads its result twice. */
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { isObject } from '../../../workflows/domain/base/is-object';
import { getOwn } from '../../../workflows/domain/base/own-value';
import type { RequestFields } from '../../../workflows/domain/item/item';
import { getOperationRow, type OperationName } from '../../../workflows/domain/operations/operations';
import { verifyResult } from '../../media/verify-result';
import { describeProblem, type ImagePipelineApi } from '../api';
import type { StatusVerdict } from '../classify-status';
import type { SubmitVerdict } from '../classify-submit';
import { isPrivateAddress } from '../private-addresses';
import { discardBody } from '../read-body';
import { readHeader } from '../transport';
import { readAddressExpiry } from './address-expiry';
import type { CallbackListener } from './callback-listener';
import type { AddressFacts, DownloadFacts, ExpiryFacts, JobEnd, JobFacts } from './evidence';
import type { Recorder } from './recorder';

/** How a live check reaches the API, and what it may wait for. */
export interface LiveTools {
  readonly api: ImagePipelineApi;
  readonly recorder: Recorder;
  readonly callbacks: CallbackListener | null;
  /** Whether to wait until the address of a result expires. */
  readonly waitsForExpiry: boolean;
  /** Receives one line for each step. */
  readonly onProgress: (line: string) => void;
}

interface FollowedJob {
  readonly facts: JobFacts;
  /** Address of the result, as an input of later jobs; `null` if there is none. */
  readonly address: string | null;
}

const READ_INTERVAL_MS = 1_000;
/** Time after the named expiry at which the address is tried again, in ms: clocks differ. */
const EXPIRY_MARGIN_MS = 5_000;
/** Names of the fields of a status answer that hold a charge. */
const CHARGE_FIELDS = ['credits_amount', 'credits_charged', 'cost_usd', 'balance_remaining_usd'];

export async function followJob(
  tools: LiveTools,
  operation: OperationName,
  request: RequestFields,
): Promise<FollowedJob> {
  const { api, recorder, callbacks, onProgress } = tools;
  const expected = callbacks?.expect() ?? null;
  const callback = expected === null ? {} : { callback_url: expected.url };
  const verdict = await api.submit(operation, { ...request, ...callback });
  const submit = { exchange: recorder.last, verdict: nameVerdict(verdict) };
  if (verdict.kind !== 'accepted') return { facts: { ...NO_JOB, operation, submit }, address: null };
  const { jobId } = verdict;
  onProgress(`${operation}: accepted as job ${jobId}`);
  const acceptedAt = Date.now();
  const read = () => api.readStatus(operation, jobId, new AbortController().signal);
  const { last, ...course } = await readToEnd(read, acceptedAt + getOperationRow(operation).jobTimeBudgetMs);
  const endedAt = Date.now();
  onProgress(`${operation}: job ${jobId} is ${course.end}`);
  const status = recorder.last;
  const hasCharge = hasAnyField(recorder.body, CHARGE_FIELDS);
  const found = last.kind === 'completed' ? await examineResult(tools, operation, last, read) : NO_RESULT;
  const facts: JobFacts = {
    operation,
    submit,
    jobId,
    ...course,
    tookMs: endedAt - acceptedAt,
    code: last.kind === 'failed' ? last.code : null,
    status,
    hasCharge,
    ...found,
    callback: (await expected?.describe(jobId, endedAt)) ?? (expected === null ? null : 'none'),
  };
  return { facts, address: last.kind === 'completed' ? (last.files[0]?.url ?? null) : null };
}

const NO_RESULT = { address: null, download: null, expiry: null };
const NO_JOB = {
  jobId: null,
  states: [],
  hasProgress: false,
  reads: 0,
  tookMs: 0,
  end: 'unfinished',
  code: null,
  status: null,
  hasCharge: false,
  ...NO_RESULT,
  callback: null,
} as const;

function nameVerdict(verdict: SubmitVerdict): string {
  return verdict.kind === 'refused' ? verdict.code : verdict.kind;
}

type Completed = Extract<StatusVerdict, { kind: 'completed' }>;

interface Course {
  readonly states: readonly string[];
  readonly hasProgress: boolean;
  readonly reads: number;
  readonly end: JobEnd;
  readonly last: StatusVerdict;
}

async function readToEnd(read: () => Promise<StatusVerdict>, giveUpAt: number): Promise<Course> {
  const states = new Set<string>();
  let hasProgress = false;
  for (let reads = 1; ; reads += 1) {
    const last = await read();
    if (last.kind === 'unfinished') {
      states.add(last.state);
      hasProgress ||= last.progress !== null;
    }
    const isEnd = last.kind === 'completed' || last.kind === 'failed';
    if (isEnd) states.add(last.kind);
    const end: JobEnd = isEnd ? last.kind : 'unfinished';
    if (isEnd || Date.now() > giveUpAt) return { states: [...states], hasProgress, reads, end, last };
    await sleep(READ_INTERVAL_MS);
  }
}

function hasAnyField(body: unknown, names: readonly string[]): boolean {
  return isObject(body) && names.some((name) => (getOwn(body, name) ?? null) !== null);
}

async function examineResult(
  tools: LiveTools,
  operation: OperationName,
  { files }: Completed,
  read: () => Promise<StatusVerdict>,
): Promise<Pick<JobFacts, 'address' | 'download' | 'expiry'>> {
  const readAt = Date.now();
  const url = files[0]?.url;
  if (url === undefined) return NO_RESULT;
  const again = await read();
  const renewed = again.kind === 'completed' ? (again.files[0]?.url ?? url) : url;
  const address = describeAddress(url, renewed, readAt);
  const download = await downloadTwice(tools, operation, [url, renewed]);
  const expiry = tools.waitsForExpiry ? await awaitExpiry(tools, url, read) : null;
  return { address, download, expiry };
}

function describeAddress(url: string, renewed: string, readAt: number): AddressFacts {
  const { protocol, hostname } = URL.canParse(url) ? new URL(url) : { protocol: '', hostname: '' };
  const expiresAt = readAddressExpiry(url);
  return {
    isHttps: protocol === 'https:',
    isPrivateHost: isPrivateAddress(hostname) || hostname === 'localhost',
    expiresInMs: expiresAt === null ? null : expiresAt - readAt,
    isRenewed: renewed !== url,
  };
}

/** Downloads from both addresses, and verifies what arrived first. */
async function downloadTwice(
  tools: LiveTools,
  operation: OperationName,
  [first, second]: readonly [string, string],
): Promise<DownloadFacts> {
  const folder = await mkdtemp(path.join(tmpdir(), 'imagepipeline-live-'));
  const files = [path.join(folder, 'first'), path.join(folder, 'second')] as const;
  try {
    const declaredType = await download(tools, first, files[0]);
    await download(tools, second, files[1]);
    const [left, right] = await Promise.all(files.map(digestFile));
    const { mimeType, problem } = await verify(files[0], operation);
    const hasProvenance = await containsManifest(files[0]);
    return { isSame: left === right, declaredType, mimeType, problem, hasProvenance };
  } catch (error) {
    const problem = describeProblem(error);
    return { isSame: false, declaredType: null, mimeType: null, problem, hasProvenance: false };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function download({ api }: LiveTools, url: string, file: string): Promise<string | null> {
  const response = await api.openResult(url, new AbortController().signal);
  if (response.status !== 200) throw new Error(`the download was answered with HTTP ${response.status}`);
  await pipeline(response.body, createWriteStream(file));
  return readHeader(response, 'content-type') ?? null;
}

async function verify(file: string, operation: OperationName): Promise<Pick<DownloadFacts, 'mimeType' | 'problem'>> {
  try {
    const { mimeType } = await verifyResult(file, getOperationRow(operation).output);
    return { mimeType, problem: null };
  } catch (error) {
    return { mimeType: null, problem: describeProblem(error) };
  }
}

async function digestFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  const handle = await open(file);
  await pipeline(handle.createReadStream(), hash);
  return hash.digest('hex');
}

/** The label of a C2PA manifest store, in whatever box or segment the format uses. */
async function containsManifest(file: string): Promise<boolean> {
  const handle = await open(file);
  try {
    return (await handle.readFile()).includes('c2pa');
  } finally {
    await handle.close();
  }
}

async function awaitExpiry(
  { api, onProgress }: LiveTools,
  url: string,
  read: () => Promise<StatusVerdict>,
): Promise<ExpiryFacts | null> {
  const expiresAt = readAddressExpiry(url);
  if (expiresAt === null) return null;
  const waitMs = Math.max(0, expiresAt + EXPIRY_MARGIN_MS - Date.now());
  onProgress(`waiting ${Math.round(waitMs / 1_000)} s until the address of the result has expired`);
  await sleep(waitMs);
  const statusAfter = await findStatus(api, url);
  const verdict = await read();
  const renewed = verdict.kind === 'completed' ? verdict.files[0]?.url : undefined;
  return { statusAfter, statusOfNew: renewed === undefined ? null : await findStatus(api, renewed) };
}

async function findStatus(api: ImagePipelineApi, url: string): Promise<number | null> {
  try {
    const { status, body } = await api.openResult(url, new AbortController().signal);
    await discardBody(body);
    return status;
  } catch {
    return null;
  }
}
