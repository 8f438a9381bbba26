/** Times and durations for people. */

const SECOND = 1_000;
const UNITS = [
  { ms: 86_400 * SECOND, name: 'd' },
  { ms: 3_600 * SECOND, name: 'h' },
  { ms: 60 * SECOND, name: 'min' },
  { ms: SECOND, name: 's' },
] as const;

/** The two largest units: `2 h 5 min`. */
export function formatDuration(ms: number): string {
  const index = UNITS.findIndex((unit) => ms >= unit.ms);
  const [unit, smaller] = [UNITS[index], UNITS[index + 1]];
  if (unit === undefined) return '0 s';
  const whole = Math.floor(ms / unit.ms);
  const rest = smaller === undefined ? 0 : Math.floor((ms - whole * unit.ms) / smaller.ms);
  return rest === 0 || smaller === undefined
    ? `${whole} ${unit.name}`
    : `${whole} ${unit.name} ${rest} ${smaller.name}`;
}

/** The age of a time, in one unit. Clocks differ, so the future counts as now. */
export function formatAge(iso: string, now: number): string {
  const ms = now - Date.parse(iso);
  const unit = UNITS.find((one) => ms >= one.ms);
  return unit === undefined ? 'now' : `${Math.floor(ms / unit.ms)} ${unit.name} ago`;
}

/** In the zone of the reader. */
export function formatLocal(iso: string): string {
  return new Date(iso).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });
}

export function formatUtc(iso: string): string {
  return `${new Date(iso).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
