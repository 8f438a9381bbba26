/** When a batch starts: a time with its offset, or a local time of a zone. */
import { findTimezoneProblem } from './schedule-terms';

const LOCAL = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d))?$/;
const ABSOLUTE = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/;
/** Furthest start, in ms: a year. */
const MAX_AHEAD_MS = 366 * 86_400_000;

const RIGHT = 'must be a time like 2026-12-01T02:00:00Z';

/** The problem with the start of a batch, a time with its offset; `null` if it is valid. */
export function findStartProblem(startAt: unknown): string | null {
  const shown = JSON.stringify(startAt);
  if (typeof startAt !== 'string' || !ABSOLUTE.test(startAt)) return `is ${shown}; ${RIGHT}`;
  const at = Date.parse(startAt);
  // Date.parse takes 31 February for 3 March.
  const day = new Date(`${startAt.slice(0, 10)}T00:00:00Z`);
  const isDay = !Number.isNaN(day.getTime()) && day.toISOString().startsWith(startAt.slice(0, 10));
  if (Number.isNaN(at) || !isDay) return `is ${shown}, which is no day or time; ${RIGHT}`;
  const ahead = at - Date.now();
  if (ahead < 0) return `is ${shown}, which is in the past; leave it out to start now`;
  return ahead > MAX_AHEAD_MS ? `is ${shown}; must be within a year` : null;
}

/**
 * Adds the offset of a time zone to a local time; where clocks repeat an hour, the first one is meant.
 *
 * @returns the text unchanged if it has an offset or is no time; a problem if the clocks of the zone skip it
 */
export function resolveStart(text: string, timezone: string): string | { readonly problem: string } {
  const [, ...parts] = LOCAL.exec(text.trim()) ?? [];
  if (parts.length === 0 || findTimezoneProblem(timezone) !== null) return text.trim();
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.map((part) => Number(part ?? 0));
  const local = Date.UTC(year, month - 1, day, hour, minute, second);
  // Not a day of the calendar, or not a time of the day.
  if (readClock(local, 'UTC') !== local || new Date(local).getUTCDate() !== day) return `${text.trim()}Z`;
  const offsets = [-86_400_000, 86_400_000].map((away) => readClock(local + away, timezone) - (local + away));
  const times = offsets.map((offset) => local - offset).filter((at) => readClock(at, timezone) === local);
  if (times.length > 0) return new Date(Math.min(...times)).toISOString();
  return { problem: `is ${JSON.stringify(text)}, which the clocks of ${timezone} skip` };
}

/** What the clock of a zone shows, as if it were UTC, in ms since the epoch. */
function readClock(at: number, timeZone: string): number {
  const clock = new Intl.DateTimeFormat('en-US', {
    ...{ timeZone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric' },
    ...{ hour: 'numeric', minute: 'numeric', second: 'numeric' },
  });
  const parts = Object.fromEntries(clock.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}
