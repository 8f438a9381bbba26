/** The documented fields of the API's answers, and what an answer has besides. Pure. */

import { isObject } from '../../workflows/domain/base/is-object';
import { getOwn } from '../../workflows/domain/base/own-value';

/** From the published schemas, and from the vendor's SDK where it knows more. */
export const ANSWER_FIELDS = {
  submit: ['job_id', 'status', 'endpoint', 'estimated_time_seconds', 'queued_at'],
  status: [
    ...[
      'job_id',
      'status',
      'endpoint',
      'progress',
      'result_url',
      'cutout_url',
      'result_mime_type',
      'error',
      'warnings',
    ],
    ...['queued_at', 'started_at', 'completed_at', 'charged_at', 'queue_wait_seconds', 'inference_time_seconds'],
    ...['total_elapsed_seconds', 'processing_time_seconds', 'queue_position', 'queue_metrics', 'queue_metrics_hint'],
    ...['failure_reason_code', 'retryable', 'prompt_hash'],
    ...['credits_charged', 'credits_amount', 'cost_usd', 'balance_remaining_usd'],
  ],
  callback: [
    ...['job_id', 'user_id', 'status', 'result_url', 'result_base64', 'result_mime_type', 'result_size_bytes'],
    ...['time_taken_s', 'input', 'warnings', 'error', 'failure_reason_code', 'retryable', 'timestamp'],
  ],
} as const;

type AnswerKind = keyof typeof ANSWER_FIELDS;

export const JOB_STATES: readonly string[] = ['queued', 'pending', 'processing', 'completed', 'failed', 'cancelled'];

/** The most that one answer reports. */
const MAX_FOUND = 20;
/** In characters. */
const MAX_NAME = 60;

/** Names what the answer has that is not documented: `field NAME`, `state`, or `form` if it is no object. */
export function findUndocumented(kind: AnswerKind, body: unknown): readonly string[] {
  if (!isObject(body)) return ['form'];
  const known: readonly string[] = ANSWER_FIELDS[kind];
  const names = Object.keys(body).filter((name) => !known.includes(name));
  const status = getOwn(body, 'status');
  const isKnownState = typeof status !== 'string' || JOB_STATES.includes(status.toLowerCase());
  return [
    ...(isKnownState ? [] : ['state']),
    ...names.slice(0, MAX_FOUND).map((name) => `field ${name.slice(0, MAX_NAME)}`),
  ];
}
