/** Formats a batch's status as lines of text. */
import type { BatchStatus } from '../../client/batches/batch-status';
import { formatCount } from '../../workflows/domain/base/format-count';
import { formatStepCounts } from '../../workflows/domain/batch/batch-details';
import { wrapToWidth } from '../terminal/text-width';

const [MIN_BAR, MAX_BAR] = [5, 30];
const DEFAULT_COLUMNS = 80;
/** Columns for counts, state and pace beside the bar. */
const WORDS_BESIDE = 45;

/** Values that need several reads of a batch's status. */
interface Pace {
  /** Items that ended per second, over the last reads; `null` until there are enough. */
  readonly perSecond: number | null;
  /** The estimate of `computeTimeLeft`, in seconds; default `null`. */
  readonly secondsLeft?: number | null;
  /** Width of the terminal; absent if lines may have any length. */
  readonly columns?: number | undefined;
}

/**
 * Estimates the remaining time at this pace, in seconds; `null` if there is no estimate. Items that wait for a retry lower the
 * pace, so the estimate does not rise while there are any.
 *
 * @param before the last estimate
 */
export function computeTimeLeft(status: BatchStatus, perSecond: number | null, before: number | null): number | null {
  const { state, counts } = status;
  const left = openItems(status);
  if (state !== 'running' || left === 0) return null;
  const now = perSecond === null || perSecond === 0 ? null : left / perSecond;
  if (counts.retrying === 0 || before === null) return now;
  return Math.min(now ?? before, before);
}

/** The number of items that have not ended. */
export function openItems({ counts }: BatchStatus): number {
  return counts.waiting + counts.running + counts.retrying;
}

/** One fact per line, the most important first: narrow windows cut the ends of lines. */
export function formatBatchStatus(status: BatchStatus, pace: Pace): readonly string[] {
  const { counts, failures, unreadable, steps = {} } = status;
  const ended = counts.succeeded + counts.failed + counts.cancelled + counts.unknown;
  const codes = Object.entries(failures).map(([code, count]) => `${count} × ${code}`);
  const unread = Object.entries(unreadable).map(([met, count]) => `${count} × ${met}`);
  return [
    `${drawBar(ended, counts.total, pace)} ${ended}/${counts.total} · ${status.state}${formatPace(status, pace)}`,
    ...formatReason(status.reason, pace),
    ...(codes.length > 0 ? [`failed: ${codes.join(', ')}`] : []),
    formatCounts(status),
    ...Object.entries(steps).map(([id, reached]) => `step ${id}: ${formatStepCounts(reached)}`),
    formatMoney(status),
    ...(unread.length > 0 ? [`jobs accepted, status unreadable: ${unread.join(', ')}`] : []),
  ];
}

/** Wraps the reason on a terminal instead of cutting it, since it helps most. */
function formatReason(reason: string | null, { columns }: Pace): readonly string[] {
  if (reason === null) return [];
  return columns ? wrapToWidth(reason, columns - 1) : [reason];
}

function formatMoney({ submissions, charged, cost, possibleDuplicates, budget }: BatchStatus): string {
  const most = budget?.allowed.submissions ?? null;
  return [
    most === null ? formatCount(submissions, 'submission') : `${submissions} of ${formatCount(most, 'submission')}`,
    ...(charged.credits === null ? [] : [formatCount(charged.credits, 'credit')]),
    ...(charged.usd === null ? [] : [`${charged.usd} USD`]),
    ...(cost > 0 ? [`cost ${Math.round(cost * 1e6) / 1e6}`] : []),
    ...(possibleDuplicates > 0 ? [formatCount(possibleDuplicates, 'possible duplicate')] : []),
  ].join(', ');
}

function drawBar(ended: number, total: number, { columns }: Pace): string {
  const width = Math.min(MAX_BAR, Math.max(MIN_BAR, (columns || DEFAULT_COLUMNS) - WORDS_BESIDE));
  const full = total === 0 ? width : Math.floor((ended / total) * width);
  return `[${'#'.repeat(full)}${'.'.repeat(width - full)}]`;
}

function formatCounts({ counts }: BatchStatus): string {
  const { total: _total, notStarted = 0, ...rest } = counts;
  const words = Object.entries({ ...rest, 'not started yet': notStarted }).flatMap(([name, count]) =>
    count > 0 ? [`${count} ${name}`] : [],
  );
  return words.join(', ') || 'nothing yet';
}

function formatPace(status: BatchStatus, { perSecond, secondsLeft = null }: Pace): string {
  const { state, counts } = status;
  if (state !== 'running' || openItems(status) === 0) return '';
  const rate = perSecond === null || perSecond === 0 ? '' : ` · ${perSecond.toFixed(1)}/s`;
  if (counts.retrying > 0 && counts.waiting + counts.running === 0) return `${rate} · waiting for retries`;
  return secondsLeft === null ? rate : `${rate} · ${formatDuration(secondsLeft)} to go`;
}

function formatDuration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  return seconds < 5_400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3_600).toFixed(1)} h`;
}
