/** Times for people: those of this host's zone, with their distance to UTC, for they may be read elsewhere. */

/** For instance `2026-01-31 11:00:00 +01:00`. */
export function localTime(at: Date): string {
  return `${localDay(at)} ${localTimeOfDay(at)}`;
}

/** For instance `11:00:00 +01:00`. */
export function localTimeOfDay(at: Date): string {
  return `${at.toTimeString().slice(0, 8)} ${offsetOf(at)}`;
}

function localDay(at: Date): string {
  return [at.getFullYear(), at.getMonth() + 1, at.getDate()].map((part) => String(part).padStart(2, '0')).join('-');
}

function offsetOf(at: Date): string {
  const minutes = -at.getTimezoneOffset();
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  return `${minutes < 0 ? '-' : '+'}${[hours, rest].map((part) => String(part).padStart(2, '0')).join(':')}`;
}
