/** A provider that asks for more than this has a wrong clock or a wrong header, in ms. */
const MAX_WAIT_MS = 60 * 60_000;

const SECONDS = /^\d+(\.\d+)?$/;
/** IMF-fixdate, the one form of HTTP dates that is sent today (RFC 9110). */
const HTTP_DATE = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/**
 * Retry-After in ms: seconds (a fraction too) or an HTTP date. Everything else counts as absent: a lenient parser of dates
 * takes "-5" or "120, 30" for days of 2001. Never negative, never more than an hour.
 *
 * @param nowMs ms since the epoch, for the date form
 */
export function parseRetryAfter(header: string | undefined, nowMs: number): number | undefined {
  const value = header?.trim();
  if (value === undefined || value === '') return undefined;
  const ms = SECONDS.test(value) ? Number(value) * 1_000 : parseTime(value) - nowMs;
  return Number.isFinite(ms) ? Math.min(MAX_WAIT_MS, Math.max(0, Math.round(ms))) : undefined;
}

function parseTime(value: string): number {
  return HTTP_DATE.test(value) ? Date.parse(value) : Number.NaN;
}
