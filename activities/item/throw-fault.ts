/** Turns a fault into an activity failure: judged by the table, bounded by the deadline, without secrets, counted. */
import type { CodeCounts } from '../../workflows/domain/failures/failures';
import { type Fault, type JudgedFault, judge } from '../../workflows/domain/failures/fault';
import { PERMIT_CODES } from '../../workflows/domain/failures/policies';
import { toApplicationFailure } from '../../workflows/domain/item/application-failure';
import type { RequestFields } from '../../workflows/domain/item/item';
import { parseStoredValue } from '../../workflows/domain/operations/stored-input';
import type { ActivityDependencies } from '../dependencies';
import { listTexts, redact, withoutAddresses } from '../imagepipeline/redact';
import { count } from '../running/metrics';

interface FaultContext {
  /** Codes the item has met before. */
  readonly met: CodeCounts;
  readonly deadlineAt: number;
  /** Whether permits decide when to resubmit; waiting for them does not count as the item's own time. Default false. */
  readonly isGoverned?: boolean;
  /** Its texts are removed from messages. */
  readonly request?: RequestFields;
}

/** Judges a fault and makes its message safe to keep in a history. */
export function judgeFault(
  { now, random }: Pick<ActivityDependencies, 'now' | 'random'>,
  fault: Fault,
  { met, deadlineAt, isGoverned = false, request }: FaultContext,
): JudgedFault {
  const texts = listTexts(request ?? {});
  const hasUploads = texts.some((text) => parseStoredValue(text) !== null);
  const message = redact(hasUploads ? withoutAddresses(fault.message) : fault.message, texts);
  const clean = { ...fault, message };
  const decision = judge(clean, met, random);
  countFault(decision);
  if (isGoverned && PERMIT_CODES.includes(decision.row)) return decision;
  return limitToDeadline(decision, deadlineAt - now());
}

/** Throws a judged fault as an application failure. */
export function throwFault(fault: JudgedFault): never {
  throw toApplicationFailure(fault);
}

/** The server would retry past the deadline, so a fault whose retry comes too late is not retryable. */
function limitToDeadline(fault: JudgedFault, leftMs: number): JudgedFault {
  const { retryInMs, ...rest } = fault;
  if (fault.origin === 'job' || retryInMs === undefined || retryInMs < leftMs) return fault;
  const message = `The deadline leaves no time for a retry after ${fault.code}: ${fault.message}`;
  return { ...rest, code: 'DEADLINE_EXCEEDED', row: 'DEADLINE_EXCEEDED', retryable: false, message };
}

function countFault({ origin, row, contradiction }: JudgedFault): void {
  count('imagepipeline_faults', { origin, code: row });
  if (contradiction) count('imagepipeline_contradictory_retryable_flags', { code: row });
}
