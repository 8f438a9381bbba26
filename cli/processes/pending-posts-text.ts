/** The paid requests that a worker has under way, in words for the person who wants to end it. */
import { formatCount } from '../../workflows/domain/base/format-count';
import { formatLocalTimeOfDay } from '../terminal/local-time';
import type { StopWords } from './stop-signals';

/** As a worker tells it. */
interface PendingPosts {
  readonly count: number;
  /** When the last of them ends at the latest, in ms since the epoch; `null` without any. */
  readonly until: number | null;
}

type Words = Pick<StopWords, 'waiting' | 'cost'>;

/** @param pending `null` while there is no worker */
export function formatPendingPosts(pending: () => PendingPosts | null, now: () => number = Date.now): Words {
  const counted = () => pending() ?? { count: 0, until: null };
  return {
    waiting: () => {
      const { count, until } = counted();
      if (until === null) return 'no paid request is under way; what runs ends within seconds';
      const seconds = Math.max(0, Math.ceil((until - now()) / 1_000));
      return `waiting for the answers to ${formatCount(count, 'paid request')}, for ${seconds} s at the most (until ${formatLocalTimeOfDay(new Date(until))})`;
    },
    cost: () => {
      const { count } = counted();
      if (count === 0) return 'no paid request was under way';
      return `${formatCount(count, 'paid request')} had no answer yet; their items end as unknown, and each may be paid`;
    },
  };
}
