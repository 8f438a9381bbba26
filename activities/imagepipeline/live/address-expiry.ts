/** Reads when a signed address says that it expires. Pure. */

const SECOND_MS = 1_000;
/** Numbers above it are ms since the epoch, below it s. */
const MIN_EPOCH_MS = 100_000_000_000;

/** Query parameters with an absolute time, by the storage services that use them. */
const ABSOLUTE = ['expires', 'exp', 'se'];

/** Returns the expiry, in ms since the epoch; `null` if the address names none. */
export function readAddressExpiry(address: string): number | null {
  if (!URL.canParse(address)) return null;
  const named = new Map([...new URL(address).searchParams].map(([name, value]) => [name.toLowerCase(), value]));
  const lifetime = Number(named.get('x-amz-expires') ?? Number.NaN);
  const signedAt = parseCompactDate(named.get('x-amz-date') ?? '');
  if (Number.isFinite(lifetime) && signedAt !== null) return signedAt + lifetime * SECOND_MS;
  const absolute = ABSOLUTE.map((name) => named.get(name)).find((value) => value !== undefined);
  return absolute === undefined ? null : parseTime(absolute);
}

function parseTime(text: string): number | null {
  const number = Number(text);
  const at = Number.isFinite(number) ? toEpochMs(number) : Date.parse(text);
  return Number.isNaN(at) ? null : at;
}

function toEpochMs(number: number): number {
  return number >= MIN_EPOCH_MS ? number : number * SECOND_MS;
}

/** A date like 20260102T030405Z, as S3 writes it. */
function parseCompactDate(text: string): number | null {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (parts === null) return null;
  const [, year, month, day, hour, minute, second] = parts;
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}
