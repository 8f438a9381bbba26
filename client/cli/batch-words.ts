/** A batch's status as lines for people. */
import type { BatchStatus } from '../batch-status';

const BAR_WIDTH = 30;

export interface Pace {
  /** Items ended a second, over the last while; `null` while too little is known. */
  readonly perSecond: number | null;
}

/** Each on a line of its own, what matters most first: narrow windows cut the ends of lines. */
export function statusLines(status: BatchStatus, { perSecond }: Pace): readonly string[] {
  const { counts, failures, unreadable } = status;
  const ended = counts.succeeded + counts.failed + counts.cancelled + counts.unknown;
  const codes = Object.entries(failures).map(([code, count]) => `${count} × ${code}`);
  const unread = Object.entries(unreadable).map(([met, count]) => `${count} × ${met}`);
  return [
    `${bar(ended, counts.total)} ${ended}/${counts.total} · ${status.state}${paceWords(status, perSecond)}`,
    ...(status.reason === null ? [] : [status.reason]),
    ...(codes.length > 0 ? [`failed: ${codes.join(', ')}`] : []),
    countWords(status),
    moneyWords(status),
    ...(unread.length > 0 ? [`jobs accepted, status unreadable: ${unread.join(', ')}`] : []),
  ];
}

function moneyWords({ submissions, charged, cost, possibleDuplicates, budget }: BatchStatus): string {
  const most = budget?.allowed.submissions ?? null;
  return [
    `${submissions} submissions${most === null ? '' : ` of ${most}`}`,
    ...(charged.credits > 0 ? [`${charged.credits} credits`] : []),
    ...(charged.usd > 0 ? [`${charged.usd} USD`] : []),
    ...(cost > 0 ? [`cost ${Math.round(cost * 1e6) / 1e6}`] : []),
    ...(possibleDuplicates > 0 ? [`${possibleDuplicates} possible duplicates`] : []),
  ].join(', ');
}

function bar(ended: number, total: number): string {
  const full = total === 0 ? BAR_WIDTH : Math.floor((ended / total) * BAR_WIDTH);
  return `[${'#'.repeat(full)}${'.'.repeat(BAR_WIDTH - full)}]`;
}

function countWords({ counts }: BatchStatus): string {
  const { total: _total, ...rest } = counts;
  const words = Object.entries(rest).flatMap(([name, count]) => (count > 0 ? [`${count} ${name}`] : []));
  return words.join(', ') || 'nothing yet';
}

/** While items wait for a retry nothing is said of the time left: it would count upwards. */
function paceWords({ state, counts }: BatchStatus, perSecond: number | null): string {
  const left = counts.waiting + counts.running + counts.retrying;
  if (state !== 'running' || left === 0 || perSecond === null || perSecond === 0) return '';
  const time = counts.retrying > 0 ? '' : `, ${durationWords(left / perSecond)} to go`;
  return ` · ${perSecond.toFixed(1)}/s${time}`;
}

function durationWords(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  return seconds < 5_400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3_600).toFixed(1)} h`;
}
