/** Durations as users type them. */
import { MAX_DURATION_MS } from '../workflows/domain/base/durations';
import { getOwn } from '../workflows/domain/base/own-value';

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Parses a duration such as `90s`, `10m`, `2h` or `500ms` to ms. Returns `null` if it is invalid or zero. */
function parseDuration(text: string): number | null {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)$/.exec(text.trim()) ?? [];
  const ms = Math.round(Number(amount) * (getOwn(UNITS_MS, unit ?? '') ?? Number.NaN));
  return !Number.isNaN(ms) && ms > 0 ? ms : null;
}

/** The value of a flag in ms; `undefined` if it is absent or invalid. Adds a problem to `problems` if it is invalid. */
export function durationFlag(
  flag: string,
  text: unknown,
  problems: string[],
  maxMs = MAX_DURATION_MS,
): number | undefined {
  if (typeof text !== 'string') return undefined;
  const ms = parseDuration(text);
  if (ms === null) problems.push(`${flag} is "${text}"; must be a time like 90s, 10m or 2h`);
  else if (ms > maxMs) problems.push(`${flag} is "${text}"; must be at most ${maxMs / 86_400_000}d`);
  else return ms;
  return undefined;
}
