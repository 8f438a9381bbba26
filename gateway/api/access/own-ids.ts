/** Which ids a request may name, and which id it starts. */
import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { IdTakenError } from '../../../connection/errors';
import type { FieldProblem } from '../../../input/requests/request-schema';
import type { ResultReference } from '../../../workflows/domain/operations/result-reference';
import { ApiProblem } from '../problem';
import type { ApiToken } from './api-token';

export const IDEMPOTENCY_HEADER = 'idempotency-key';
/** A quoted string, as the draft has it, or the bare text that many clients send. */
const KEY_FORM = /^(?:"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\]){1,255})"|([\x21\x23-\x7e][\x20-\x7e]{0,254}))$/;
/** Hexadecimal digits of the hash of a key. */
const KEY_DIGITS = 40;

export function isOwnId({ prefix }: ApiToken, id: string): boolean {
  return id.startsWith(prefix);
}

/** Whether a token may use a result as an input. */
export function isOwnReference(token: ApiToken, reference: ResultReference): boolean {
  return isOwnId(token, reference.kind === 'item' ? reference.id : reference.batchId);
}

/** The prefix of a list that a token may see; `null`: nothing of it. */
export function narrowPrefix({ prefix: own }: ApiToken, asked: string): string | null {
  if (asked.startsWith(own)) return asked;
  return own.startsWith(asked) ? own : null;
}

/** The id that a request starts. */
interface StartId {
  /** Absent: the default, a hash of the content. */
  readonly id?: string;
  /** Whether the id was made of the `Idempotency-Key`. */
  readonly isFromKey: boolean;
  readonly problems: readonly FieldProblem[];
}

/** @param given the id in the request, if it is a text */
export function findStartId(token: ApiToken, headers: FastifyRequest['headers'], given: unknown): StartId {
  const { prefix, name } = token;
  const known = { isFromKey: false, problems: [] };
  const rule = `must begin with ${JSON.stringify(prefix)}, because the token is limited to such ids`;
  if (typeof given === 'string') {
    if (isOwnId(token, given)) return { ...known, id: given };
    return { ...known, id: given, problems: [{ field: 'id', problem: `is ${JSON.stringify(given)}; ${rule}` }] };
  }
  const key = headers[IDEMPOTENCY_HEADER];
  if (given !== undefined || key === undefined) {
    const isMissing = given === undefined && prefix !== '';
    return { ...known, problems: isMissing ? [{ field: 'id', problem: `is missing; ${rule}` }] : [] };
  }
  const [matched, quoted, bare = ''] = KEY_FORM.exec(String(key)) ?? [];
  if (matched === undefined) {
    const problem = 'must be a text in double quotes of 1 to 255 printable ASCII characters';
    return { isFromKey: true, problems: [{ field: 'Idempotency-Key', problem }] };
  }
  const text = quoted?.replace(/\\(["\\])/g, '$1') ?? bare;
  // Two callers with different tokens may choose the same key.
  const hash = createHash('sha256')
    .update(JSON.stringify([name, text]))
    .digest('hex')
    .slice(0, KEY_DIGITS);
  return { isFromKey: true, id: `${prefix}key-${hash}`, problems: [] };
}

/** Replaces the error of an id that was made of an `Idempotency-Key`: the caller does not know it. */
export function explainReuse({ isFromKey }: Pick<StartId, 'isFromKey'>, error: unknown): unknown {
  if (!isFromKey || !(error instanceof IdTakenError)) return error;
  return new ApiProblem('IDEMPOTENCY_KEY_REUSED', 'the Idempotency-Key was sent with another request before');
}
