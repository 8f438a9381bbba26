/** Why a batch does not run, as a sentence, and what helps. */
import { isEndedByResume } from '../../../../workflows/domain/failures/hold-codes';
import type { Batch } from '../api/types';

/** What a button beside the sentence does. */
export type Help = 'resume' | 'resume-account' | 'limits' | null;

export interface Reason {
  readonly text: string;
  /** What to do; empty: the text says it. */
  readonly remedy: string;
  readonly help: Help;
}

type Reasons = Pick<Batch, 'state' | 'reason' | 'pausedBy' | 'hold'>;
type PausedBy = Exclude<Batch['pausedBy'], null>;

/** Of a pause on request that gives none. */
const DEFAULT_REASON = 'paused by request';

const PAUSES: Readonly<Record<PausedBy, Omit<Reason, 'text'> & { readonly what: string }>> = {
  request: {
    what: 'Paused on request',
    remedy: 'Jobs in flight are collected; nothing new is submitted.',
    help: 'resume',
  },
  failures: {
    what: 'Paused: too many items failed',
    remedy: 'Look at the failures below. A resumed batch counts new failures only.',
    help: 'resume',
  },
  budget: {
    what: 'Paused: the budget of the batch is used',
    remedy: 'Raise the budget to continue.',
    help: 'limits',
  },
  store: {
    what: 'Paused: the store cannot be read or written',
    remedy: 'The batch continues when the store is back.',
    help: 'resume',
  },
  account: { what: 'The account is held', remedy: '', help: 'resume-account' },
};

/** `null`: nothing stands in its way. */
export function describeReason({ state, reason, pausedBy, hold }: Reasons): Reason | null {
  if (hold !== null && pausedBy !== 'request') {
    const cause = hold.cause === null ? '' : `: ${hold.cause}`;
    const help = isEndedByResume(hold.code) ? 'resume-account' : null;
    return { text: `The account submits nothing (${hold.code})${cause}`, remedy: hold.remedy, help };
  }
  if (pausedBy !== null) {
    const { what, remedy, help } = PAUSES[pausedBy];
    return { text: reason && reason !== DEFAULT_REASON ? `${what}: ${reason}` : what, remedy, help };
  }
  return reason === null || reason === '' ? null : { text: toSentence(state, reason), remedy: '', help: null };
}

function toSentence(state: Batch['state'], reason: string): string {
  return state === 'running' ? reason : `${state.charAt(0).toUpperCase()}${state.slice(1)}: ${reason}`;
}
