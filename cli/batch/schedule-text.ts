/** Schedules as text. */
import type { ListedSchedule, ScheduleStatus } from '../../connection/schedules';
import { formatCount } from '../../workflows/domain/base/format-count';
import { formatLocalTime } from '../terminal/local-time';

const SHOWN_TIMES = 3;

/** One line of the list. */
export function formatListed({ id, schedule, timezone, paused, nextRuns: [next] }: ListedSchedule): string {
  const state = paused ? 'paused' : 'active';
  const when = next === undefined || paused ? '' : `  next ${formatLocalTime(new Date(next))}`;
  return `${state}  ${id}  ${schedule} ${timezone}${when}`;
}

export function formatSchedule(status: ScheduleStatus): readonly string[] {
  const { id, schedule, timezone, paused, note, items, nextRuns, recentRuns, running, counts } = status;
  const { overlapPolicy, catchupWindowMs } = status;
  const next = nextRuns.slice(0, SHOWN_TIMES).map((time) => formatLocalTime(new Date(time)));
  const state = paused ? `paused${note === null ? '' : `: ${note}`}` : 'active';
  return [
    `${id}: ${state}`,
    `  ${schedule} ${timezone}; ${formatCount(items, 'item')} a run, each run pays for all of them again`,
    `  overlap policy ${overlapPolicy}, catch-up window ${catchupWindowMs / 1000} s`,
    ...(paused ? [] : [`  next: ${next.length === 0 ? 'never' : next.join(', ')}`]),
    ...(running.length === 0 ? [] : [`  running: ${running.join(', ')}`]),
    ...(recentRuns.length === 0 ? [] : [`  last: ${recentRuns.map(({ batchId }) => batchId).join(', ')}`]),
    `  started ${counts.started}, skipped ${counts.skipped} because an earlier run was running, missed ${counts.missed}`,
  ];
}
