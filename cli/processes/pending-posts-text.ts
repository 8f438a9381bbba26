/** Text about a worker's paid requests in progress, shown to the person who stops it. */
import { formatCount } from '../../workflows/domain/base/format-count';
import { formatLocalTimeOfDay } from '../terminal/local-time';
import type { StopTexts } from './stop-signals';

/** The worker's paid requests in progress. */
interface PendingPosts {
  readonly count: number;
  /** When the last one ends at the latest, in ms since the epoch; `null` if there are none. */
  readonly until: number | null;
}

type Words = Pick<StopTexts, 'waiting' | 'cost'>;

/** @param pending returns `null` while there is no worker */
export function formatPendingPosts(pending: () => PendingPosts | null, now: () => number = Date.now): Words {
  const counted = () => pending() ?? { count: 0, until: null };
  return {
    waiting: () => {
      const { count, until } = counted();
      if (until === null) return 'no paid request is in progress; the worker stops within seconds';
      const seconds = Math.max(0, Math.ceil((until - now()) / 1_000));
      return `waiting for the answers to ${formatCount(count, 'paid request')}, for at most ${seconds} s (until ${formatLocalTimeOfDay(new Date(until))})`;
    },
    cost: () => {
      const { count } = counted();
      if (count === 0) return 'no paid request was in progress';
      return `${formatCount(count, 'paid request')} had no answer yet; their items end as unknown, and each may be charged`;
    },
  };
}
