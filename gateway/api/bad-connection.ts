/** Problem details where no request came about: Node tells only that, and answers nothing else. */
import { maxHeaderSize } from 'node:http';
import type { ConnectionAnswer, ConnectionEnd } from '../guarded-app';
import { PROBLEM_TYPE, type ProblemCode, toProblemReply } from './problem';

export const HEADERS_MS = 10_000;

const PROBLEMS: Readonly<Record<ConnectionEnd['status'], { readonly code: ProblemCode; readonly detail: string }>> = {
  400: { code: 'MALFORMED_REQUEST', detail: 'what came on this connection cannot be read as HTTP' },
  408: { code: 'HEADERS_TOO_SLOW', detail: `the headers did not come within ${HEADERS_MS / 1_000} s` },
  431: { code: 'HEADERS_TOO_LARGE', detail: `the first line and the headers have more than ${maxHeaderSize} bytes` },
};

export function describeConnectionEnd({ status }: ConnectionEnd): ConnectionAnswer {
  const { code, detail } = PROBLEMS[status];
  return { contentType: PROBLEM_TYPE, text: JSON.stringify(toProblemReply(code, detail)) };
}
