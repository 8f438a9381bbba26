/** Problem details for connections without a valid request, which Node reports without an answer. */
import { maxHeaderSize } from 'node:http';
import type { ConnectionAnswer, ConnectionEnd } from '../guarded-app';
import { PROBLEM_TYPE, type ProblemCode, toProblemReply } from './problem';

export const HEADERS_MS = 10_000;

const PROBLEMS: Readonly<Record<ConnectionEnd['status'], { readonly code: ProblemCode; readonly detail: string }>> = {
  400: { code: 'MALFORMED_REQUEST', detail: 'the connection sent invalid HTTP' },
  408: { code: 'HEADERS_TOO_SLOW', detail: `the headers did not arrive within ${HEADERS_MS / 1_000} s` },
  431: { code: 'HEADERS_TOO_LARGE', detail: `the request line and the headers have more than ${maxHeaderSize} bytes` },
};

const CUT_OFF = { code: 'MALFORMED_BODY', detail: 'the connection ended before the end of the request' } as const;

export function describeConnectionEnd({ status, isCutOff }: ConnectionEnd): ConnectionAnswer {
  const { code, detail } = isCutOff === true ? CUT_OFF : PROBLEMS[status];
  return { contentType: PROBLEM_TYPE, text: JSON.stringify(toProblemReply(code, detail)) };
}
