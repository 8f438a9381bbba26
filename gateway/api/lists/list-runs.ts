/** Pages of workflows as Temporal lists them, each id once. */
import { createHash } from 'node:crypto';
import { type Client, type WorkflowExecutionInfo, WorkflowNotFoundError } from '@temporalio/client';
import { executionInfoFromRaw } from '@temporalio/client/lib/helpers';
import { toConnectionError } from '../../../connection/connection';
import { ApiProblem } from '../problem';

/** Maximum runs that are looked through for one page; then the page is returned as it is. */
const MAX_SCANNED = 2_000;

/** What is listed. */
export interface ListTerms {
  readonly type: string;
  /** Only ids that begin with this. */
  readonly prefix: string;
  /** Only workflows that run, or only those that do not. Default: both. */
  readonly isOpen?: boolean | undefined;
  readonly startedAfter?: string | undefined;
  readonly startedBefore?: string | undefined;
  readonly limit: number;
  /** Of an earlier page. */
  readonly cursor?: string | undefined;
}

export interface Page<T> {
  readonly entries: readonly T[];
  /** `null`: there are no more. */
  readonly nextCursor: string | null;
}

/**
 * Lists the newest run of each id: those that run first, then those that ended last. A page may have fewer entries than the
 * limit, also none.
 *
 * @param toEntry returns `null` for what is not wanted
 * @throws ApiProblem if the cursor is not valid; NoServerError
 */
export async function listPage<T>(
  client: Client,
  terms: ListTerms,
  toEntry: (run: WorkflowExecutionInfo) => T | null,
): Promise<Page<T>> {
  const { limit, cursor } = terms;
  const query = toQuery(terms);
  const entries: T[] = [];
  let token: Uint8Array = cursor === undefined ? new Uint8Array() : parseCursor(cursor, query);
  for (let scanned = 0; scanned < MAX_SCANNED; ) {
    const { runs, next } = await readRuns(client, query, token, limit - entries.length);
    const wanted = runs.flatMap((run) => {
      const entry = toEntry(run);
      return entry === null ? [] : [{ run, entry }];
    });
    const newest = await Promise.all(wanted.map(({ run }) => isNewest(client, run)));
    entries.push(...wanted.filter((_one, index) => newest[index]).map(({ entry }) => entry));
    if (next.length === 0) return { entries, nextCursor: null };
    token = next;
    scanned += runs.length;
    // A request for few more would find few.
    if (entries.length * 2 >= limit) break;
  }
  return { entries, nextCursor: formatCursor(token, query) };
}

/** Length of the checksum in front of a token, in bytes. */
const CHECKSUM_LENGTH = 6;

/** A token of Temporal with a checksum: Temporal's client would retry for many seconds with a token that no server has made. */
function formatCursor(token: Uint8Array, query: string): string {
  return Buffer.concat([checksum(token, query), token]).toString('base64url');
}

function parseCursor(cursor: string, query: string): Uint8Array {
  const bytes = Buffer.from(cursor, 'base64url');
  const token = bytes.subarray(CHECKSUM_LENGTH);
  if (checksum(token, query).equals(bytes.subarray(0, CHECKSUM_LENGTH))) return token;
  throw new ApiProblem('NOT_FOUND', 'there is no page with this cursor, or not with these other parameters', {
    remedy: 'Send the "nextCursor" of a page with the same parameters, or begin again without a cursor.',
  });
}

function checksum(token: Uint8Array, query: string): Buffer {
  return createHash('sha256').update(query).update(token).digest().subarray(0, CHECKSUM_LENGTH);
}

/** Ids and times have no quotes: their schemas allow none. */
function toQuery({ type, prefix, isOpen, startedAfter, startedBefore }: ListTerms): string {
  return [
    `WorkflowType = '${type}'`,
    // A run that continues as another one is not the newest.
    "ExecutionStatus != 'ContinuedAsNew'",
    ...(prefix === '' ? [] : [`WorkflowId STARTS_WITH '${prefix}'`]),
    ...(isOpen === undefined ? [] : [`ExecutionStatus ${isOpen ? '=' : '!='} 'Running'`]),
    ...(startedAfter === undefined ? [] : [`StartTime > '${startedAfter}'`]),
    ...(startedBefore === undefined ? [] : [`StartTime < '${startedBefore}'`]),
  ].join(' AND ');
}

async function readRuns(client: Client, query: string, nextPageToken: Uint8Array, pageSize: number) {
  const { namespace, loadedDataConverter } = client.options;
  try {
    const answer = await client.workflowService.listWorkflowExecutions({ namespace, query, nextPageToken, pageSize });
    const raw = answer.executions ?? [];
    const runs = await Promise.all(raw.map((one) => executionInfoFromRaw(one, loadedDataConverter, one, namespace)));
    return { runs, next: answer.nextPageToken ?? new Uint8Array() };
  } catch (error) {
    throw toConnectionError(client, error);
  }
}

/** A run that has ended may have been followed by another one of its id. */
async function isNewest(client: Client, { workflowId, runId, status }: WorkflowExecutionInfo): Promise<boolean> {
  if (status.name === 'RUNNING') return true;
  try {
    return (await client.workflow.getHandle(workflowId).describe()).runId === runId;
  } catch (error) {
    // It was deleted meanwhile.
    if (error instanceof WorkflowNotFoundError) return false;
    throw toConnectionError(client, error);
  }
}
