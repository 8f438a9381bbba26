/** The hours of the day in which an account may spend, and their checks. Pure. */

/** The hours as they are set. */
export interface OpenHours {
  /** Local times like `22:00-06:00`, the end excluded; one or more. */
  readonly windows: readonly string[];
  /** Name of the IANA database. */
  readonly timezone: string;
}

/** The hours as a caller sets them. */
export interface GivenHours extends Pick<OpenHours, 'windows'> {
  /** Default `UTC`. */
  readonly timezone?: string;
}

/** A time in which submissions are allowed, in ms since the epoch; the end is excluded. */
export interface OpenSpan {
  readonly from: number;
  readonly to: number;
}

/** The next open times, as far as they have been computed. */
export interface OpenTimes {
  /** In order, without overlaps. */
  readonly spans: readonly OpenSpan[];
  /** End of what has been computed, in ms since the epoch. From then on the account is closed. */
  readonly knownUntil: number;
}

export interface AccountHours extends OpenHours, OpenTimes {
  /** Since when the account is closed, in ms since the epoch; `null` while it is open. */
  readonly closedAt: number | null;
}

const DAY_MS = 86_400_000;
/** How far ahead open times are computed, in ms. */
export const HOURS_AHEAD_MS = 8 * DAY_MS;
/** They are computed again when less than this is left, in ms: once a day, so that changed rules of a zone are noticed. */
const REFRESH_BEFORE_MS = 7 * DAY_MS;

export function describeHours({ windows, timezone }: OpenHours): string {
  return `${windows.join(', ')} ${timezone}`;
}

/** When the open times must be computed again, in ms since the epoch. */
export function refreshHoursAt({ knownUntil }: OpenTimes): number {
  return knownUntil - REFRESH_BEFORE_MS;
}

/** Minutes since midnight of `HH:MM`; 24:00 is the end of a day. */
const WINDOW = /^([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|24:00)$/;
const MAX_WINDOWS = 24;

export interface MinuteWindow {
  readonly from: number;
  readonly to: number;
}

/** The minutes since midnight of a window; `null` if it is none. */
export function parseWindow(text: string): MinuteWindow | null {
  const [, fromHour, fromMinute, toHour = '24', toMinute = '00'] = WINDOW.exec(text) ?? [];
  if (fromHour === undefined) return null;
  const [from, to] = [Number(fromHour) * 60 + Number(fromMinute), Number(toHour) * 60 + Number(toMinute)];
  return from === to ? null : { from, to };
}

/** The problem of the hours; `null` if they are valid. Whether the time zone exists is not decided here. */
export function findHoursProblem(hours: unknown): string | null {
  if (hours === null) return null;
  const shown = JSON.stringify(hours);
  const right = 'must be like { "windows": ["22:00-06:00"], "timezone": "Europe/Berlin" }, or null';
  if (typeof hours !== 'object' || Array.isArray(hours)) return `is ${shown}; ${right}`;
  const { windows, timezone = 'UTC', ...others } = hours as Readonly<Record<string, unknown>>;
  const [other] = Object.keys(others);
  if (other !== undefined) return `has ${JSON.stringify(other)}, which is not known; must be windows, timezone`;
  if (typeof timezone !== 'string' || timezone === '') return `timezone is ${JSON.stringify(timezone)}; ${right}`;
  if (!Array.isArray(windows) || windows.length === 0 || windows.length > MAX_WINDOWS)
    return `windows is ${JSON.stringify(windows)}; must be a list of 1 to ${MAX_WINDOWS} like "22:00-06:00"`;
  const wrong = windows.filter((one) => typeof one !== 'string' || parseWindow(one) === null);
  if (wrong.length === 0) return null;
  return `windows has ${wrong.map((one) => JSON.stringify(one)).join(', ')}; each must be like 22:00-06:00, from 00:00 to 24:00`;
}
