/** Classifies the answer to a call that is not a job. Pure. */
import type { FailureCode } from '../../workflows/domain/failures/failures';
import { classifySubmit, type SubmitExchange } from './classify-submit';

/** What an exchange says about a call that is not a job. */
export type CallVerdict =
  /** `body`: parsed JSON; `undefined` if there is none, or it is unreadable. */
  | { readonly kind: 'answered'; readonly body: unknown }
  | { readonly kind: 'not-found'; readonly message: string }
  /** Nothing was done. */
  | { readonly kind: 'refused'; readonly code: FailureCode; readonly message: string; readonly retryAfterMs?: number }
  /** The call may have been carried out. */
  | { readonly kind: 'unknown'; readonly message: string };

export function classifyCall(exchange: SubmitExchange): CallVerdict {
  if (exchange.kind === 'answer' && exchange.status >= 200 && exchange.status < 300)
    return { kind: 'answered', body: exchange.body };
  const verdict = classifySubmit(exchange);
  if (verdict.kind === 'accepted') return { kind: 'unknown', message: 'the answer names a job' };
  if (exchange.kind === 'answer' && exchange.status === 404) return { kind: 'not-found', message: verdict.message };
  return verdict;
}
