/** Range requests (RFC 9110) for one part of a file. */
import type { ByteRange } from '../../../activities/store';

/** Several ranges, and units other than bytes, are ignored, as the RFC allows: the whole file is sent. */
const RANGE = /^bytes=(?:(\d+)-(\d*)|-(\d+))$/;

/**
 * Parses the header `Range`.
 *
 * @param bytes size of the file
 * @returns `null`: the whole file; `unsatisfiable`: no byte of the file is in the range
 */
export function parseRange(header: string | undefined, bytes: number): ByteRange | null | 'unsatisfiable' {
  const [found, first, last, suffix] = RANGE.exec(header?.replace(/\s/g, '') ?? '') ?? [];
  if (found === undefined) return null;
  const start = suffix === undefined ? Number(first) : Math.max(0, bytes - Number(suffix));
  const end = suffix !== undefined || last === '' ? bytes - 1 : Math.min(Number(last), bytes - 1);
  // An invalid range, such as 5-2, is ignored like an unknown one.
  if (suffix === undefined && last !== '' && Number(last) < start) return null;
  return start >= bytes || suffix === '0' ? 'unsatisfiable' : { start, end };
}

/** Whether one of the tags of `If-None-Match` is that of the file. */
export function matchesTag(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false;
  return header.trim() === '*' || header.split(',').some((one) => one.trim().replace(/^W\//, '') === tag);
}
