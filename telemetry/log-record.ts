/**
 * Limits what a log entry may contain. Only listed fields are written, which keeps out requests, URLs and headers that
 * code adds by accident.
 */
import { FAILURE_CODES } from '../workflows/domain/failures/failures';

/** Log field names for metadata of Temporal's SDK and our activities. */
const FIELDS = {
  workflow: 'workflowId',
  run: 'runId',
  workflowType: 'workflowType',
  activity: 'activityType',
  attempt: 'attempt',
  item: 'item',
  submission: 'submission',
  job: 'job',
  code: 'code',
  step: 'step',
  reads: 'reads',
  bytes: 'bytes',
  taskQueue: 'taskQueue',
  namespace: 'namespace',
  component: 'sdkComponent',
  trace: 'trace_id',
  span: 'span_id',
} as const satisfies Record<string, string>;

/** Maximum length of a value, in characters; ids are short, so a longer value is not an id. */
const MAX_VALUE_LENGTH = 256;
const FRAMES_SHOWN = 8;

export type Meta = Readonly<Record<string | symbol, unknown>>;
export type LogRecord = Readonly<Record<string, string | number | boolean | object>>;

/** The listed fields of an entry, and the parts of its error that cannot contain free text. */
export function toRecord(meta: Meta = {}): LogRecord {
  const fields = Object.entries(FIELDS).flatMap(([shown, kept]) => {
    const value = meta[kept];
    return isPlain(value) ? [[shown, value] as const] : [];
  });
  const error = meta['error'];
  return { ...Object.fromEntries(fields), ...(error instanceof Error ? { error: toErrorRecord(error) } : {}) };
}

function isPlain(value: unknown): value is string | number | boolean {
  if (typeof value === 'string') return value !== '' && value.length <= MAX_VALUE_LENGTH;
  return typeof value === 'number' || typeof value === 'boolean';
}

interface ErrorRecord {
  readonly name: string;
  /** A code of the failure table, the system or gRPC. */
  readonly code?: string | number;
  readonly at?: readonly string[];
  readonly cause?: ErrorRecord;
}

/**
 * Omits messages, which may quote anything. Temporal UI shows messages of failures, which were cleaned at their source.
 */
function toErrorRecord(error: Error): ErrorRecord {
  const { name, stack = '', cause } = error;
  const code = findCode(error);
  const at = stack.split('\n').filter((line) => /^\s+at .+:\d+:\d+\)?$/.test(line));
  return {
    name,
    // The stack adds nothing to a code of the failure table.
    ...(code === undefined ? { at: at.slice(0, FRAMES_SHOWN).map((line) => line.trim()) } : { code }),
    ...(cause instanceof Error ? { cause: toErrorRecord(cause) } : {}),
  };
}

function findCode(error: Error): string | number | undefined {
  const type = 'type' in error ? error.type : undefined;
  const code = 'code' in error ? error.code : undefined;
  const failureCode = FAILURE_CODES.find((known) => known === type);
  const isCode = typeof code === 'number' || (typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,63}$/.test(code));
  return failureCode ?? (isCode ? code : undefined);
}
