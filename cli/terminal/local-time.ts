/** Times in this host's time zone, with the UTC offset, since they may be read elsewhere. */

/** For instance `2026-01-31 11:00:00 +01:00`. */
export function formatLocalTime(at: Date): string {
  return `${formatLocalDay(at)} ${formatLocalTimeOfDay(at)}`;
}

/** For instance `11:00:00 +01:00`. */
export function formatLocalTimeOfDay(at: Date): string {
  return `${at.toTimeString().slice(0, 8)} ${computeOffset(at)}`;
}

function formatLocalDay(at: Date): string {
  return [at.getFullYear(), at.getMonth() + 1, at.getDate()].map((part) => String(part).padStart(2, '0')).join('-');
}

function computeOffset(at: Date): string {
  const minutes = -at.getTimezoneOffset();
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  return `${minutes < 0 ? '-' : '+'}${[hours, rest].map((part) => String(part).padStart(2, '0')).join(':')}`;
}
