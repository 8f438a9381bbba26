import { type Answer, json, type Reply } from '../http/answer';
import type { SubmitFault } from './rules';

/** How each fault changes the answer of a submission. */
export const SUBMIT_FAULT_REPLIES: Readonly<Record<SubmitFault, (answer: Answer) => Reply>> = {
  'reset-before-accept': (answer) => ({ answer, wire: 'reset' }),
  'hang-before-accept': (answer) => ({ answer, wire: 'hang' }),
  'reset-after-accept': (answer) => ({ answer, wire: 'reset' }),
  'hang-after-accept': (answer) => ({ answer, wire: 'hang' }),
  garbage: (answer) => ({ answer, wire: 'garbage' }),
  'half-body': (answer) => ({ answer, wire: 'half-body' }),
  'no-job-id': (answer) => ({ answer: withoutJobId(answer) }),
};

export function isBeforeAccept(fault: SubmitFault): boolean {
  return fault.endsWith('-before-accept');
}

/** The answer without the field that identifies the job. */
export function withoutJobId({ status, body }: Answer): Answer {
  return json(status, { ...(body as object), job_id: undefined });
}
