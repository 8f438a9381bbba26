/** What a single item does, as a sentence, and what helps. */
import { isOpenState } from '../../../../workflows/domain/item/item';
import type { Account, Item } from '../api/types';

export interface ItemWords {
  /** What it does now; empty: its state says it. */
  readonly text: string;
  /** What to do; empty: nothing. */
  readonly remedy: string;
  /** Whether a resume of the account helps. */
  readonly isHeld: boolean;
}

type DescribedItem = Pick<
  Item,
  'state' | 'operation' | 'lastCode' | 'trouble' | 'progress' | 'workerAnswers' | 'cancelRequested'
>;
type Hold = Account['holds'][number];

const SENTENCES: Readonly<Partial<Record<Item['state'], string>>> = {
  waiting: 'It waits until the account allows one more job.',
  submitting: 'It is submitted.',
  running: 'Its job runs.',
  collecting: 'Its job has ended; the result is downloaded and checked.',
  'awaiting-callback':
    'The answer to its submission was lost. A callback, or the worker that sent it, may name the job.',
  retrying: 'Its job failed; it is submitted again.',
  terminated: 'An operator has terminated it.',
};

/** @param holds of the account; empty: none, or they are not known */
export function describeItem(item: DescribedItem, holds: readonly Hold[]): ItemWords {
  const { state, lastCode, trouble, progress, workerAnswers, cancelRequested } = item;
  if (!isOpenState(state)) return { text: SENTENCES[state] ?? '', remedy: '', isHeld: false };
  if (!workerAnswers) {
    return { text: 'No worker answers.', remedy: 'It continues when a worker runs. Nothing is lost.', isHeld: false };
  }
  const hold = state === 'waiting' ? findHold(item, holds) : undefined;
  if (hold !== undefined) {
    const cause = hold.cause === null ? '' : `: ${hold.cause}`;
    const held = hold.operation === null ? 'the account submits nothing' : `${hold.operation} is held`;
    return { text: `It waits, because ${held} (${hold.code})${cause}`, remedy: hold.remedy, isHeld: true };
  }
  const parts = [
    SENTENCES[state] ?? '',
    progress === null ? '' : `${progress} % are done.`,
    lastCode === null ? '' : `The last failure was ${lastCode}.`,
    trouble === null ? '' : `A temporary problem is retried: ${trouble}`,
    cancelRequested ? 'It is cancelled: a job in flight is charged, so it is collected first.' : '',
  ];
  return { text: parts.filter((part) => part !== '').join(' '), remedy: '', isHeld: false };
}

function findHold({ operation }: DescribedItem, holds: readonly Hold[]): Hold | undefined {
  return holds.find((hold) => hold.operation === null || hold.operation === operation);
}
