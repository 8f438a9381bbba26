import { STATUS_CODES } from 'node:http';
import type { FieldProblem } from '../endpoints/field-checks';
import type { WireFault } from '../faults/rules';
import { type RefusableCode, SCENARIOS } from '../faults/scenarios';

/** An HTTP answer: a Buffer or string is sent as is, anything else as JSON. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What is sent: an answer, or one that breaks off. */
export interface Reply {
  readonly answer: Answer;
  readonly wire?: WireFault | 'longer-than-said';
  /** Delay before it is sent, in ms. Default 0. */
  readonly delayMs?: number;
  /** Called once with whether the whole answer was sent, when no more of it will be. */
  readonly onSent?: (whole: boolean) => void;
}

export function json(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, body, headers };
}

/** The top-level error shape that the vendor's SDK reads. */
export function errorAnswer(
  status: number,
  errorCode: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return json(status, { error: STATUS_CODES[status] ?? 'Error', error_code: errorCode, message }, headers);
}

/** The published shape of a 422. */
export function validationAnswer(detail: readonly FieldProblem[]): Answer {
  return json(422, { detail });
}

/** Answers without a published shape look like those of the framework behind the published 422. */
export function plainAnswer(status: number, headers: Readonly<Record<string, string>> = {}): Answer {
  return json(status, { detail: STATUS_CODES[status] ?? 'Error' }, headers);
}

export function refusalAnswer(code: RefusableCode, headers: Readonly<Record<string, string>> = {}): Answer {
  const { refusal, message } = SCENARIOS[code];
  return errorAnswer(refusal.status, refusal.errorCode, message, headers);
}
