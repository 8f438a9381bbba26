/** When the clock of a time zone shows a time in one of the windows of an account. */

import {
  HOURS_AHEAD_MS,
  type MinuteWindow,
  type OpenHours,
  type OpenSpan,
  type OpenTimes,
  parseWindow,
} from '../../workflows/domain/account/hours';
import { newInputFailure } from '../../workflows/domain/item/application-failure';

const MINUTE_MS = 60_000;

/**
 * Asks the clock of the zone for every minute: where clocks are put back, a repeated hour is open twice, and one that they skip is
 * never open. About 12,000 minutes, which takes some 30 ms, once a day.
 *
 * @throws ApplicationFailure `INPUT_INVALID` if there is no such time zone
 */
export function computeHours({ windows, timezone }: OpenHours, now: number): OpenTimes {
  const read = openClock(timezone);
  const minutes = windows.map(parseWindow).filter((one) => one !== null);
  const first = Math.floor(now / MINUTE_MS) * MINUTE_MS;
  const knownUntil = first + HOURS_AHEAD_MS;
  const spans: OpenSpan[] = [];
  let from: number | null = null;
  for (let at = first; at < knownUntil; at += MINUTE_MS) {
    const isOpen = isIn(minutes, read(at));
    if (isOpen && from === null) from = at;
    if (!isOpen && from !== null) spans.push({ from, to: at });
    if (!isOpen) from = null;
  }
  return { spans: from === null ? spans : [...spans, { from, to: knownUntil }], knownUntil };
}

function isIn(windows: readonly MinuteWindow[], minute: number): boolean {
  return windows.some(({ from, to }) => (from < to ? from <= minute && minute < to : minute >= from || minute < to));
}

/** Returns the minutes since midnight that the clock of a zone shows at a time. */
function openClock(timezone: string): (at: number) => number {
  try {
    const clock = new Intl.DateTimeFormat('en-GB', { timeZone: timezone, hour: '2-digit', minute: '2-digit' });
    return (at) => {
      const [hour, minute] = clock.format(at).split(':');
      return (Number(hour) % 24) * 60 + Number(minute);
    };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw newInputFailure(
      `timezone is ${JSON.stringify(timezone)}; must be a name of the IANA database, like Europe/Berlin`,
    );
  }
}
