/** Reads the job id and the status of a callback's body. The rest of the body is ignored. */
import type { JobCallback } from '../../workflows/domain/item/callback';

export type CallbackFields = Pick<JobCallback, 'jobId' | 'status'>;

/** Job ids are opaque, but values in a history must be bounded. */
const JOB_ID = /^[\x21-\x7e]{1,200}$/;
const STATUS = /^[a-z_-]{1,32}$/;

/** Never throws: the token is the proof, and a callback with an unreadable body is still a hint. */
export function readCallback(body: Buffer | undefined): CallbackFields {
  const event = parseJson(body);
  return { jobId: matching(event['job_id'], JOB_ID), status: matching(lowerCase(event['status']), STATUS) };
}

function parseJson(body: Buffer | undefined): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body?.toString() ?? '');
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  } catch {
    return {};
  }
}

function matching(value: unknown, pattern: RegExp): string | null {
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && pattern.test(text) ? text : null;
}

function lowerCase(value: unknown): unknown {
  return typeof value === 'string' ? value.toLowerCase() : value;
}
