/** Maximum delay accepted from the header, in ms. A longer one is a wrong clock or a wrong header. */
const MAX_WAIT_MS = 60 * 60_000;

const SECONDS = /^\d+(\.\d+)?$/;
/** IMF-fixdate, the only HTTP date format in use today (RFC 9110). */
const HTTP_DATE = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/**
 * Parses Retry-After into ms: seconds (fractions allowed) or an HTTP date. Anything else counts as absent, because a
 * lenient date parser reads "-5" or "120, 30" as days in 2001. The result is between 0 and one hour.
 *
 * @param nowMs current time in ms since the epoch, for the date form
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
