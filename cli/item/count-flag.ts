import { findLengthProblem, MAX_SERIES_LENGTH } from '../../input/requests/item-series';

/** Parses `--count`. Returns 1 if it is absent or invalid; a problem is added to `problems`. */
export function countFrom(text: unknown, problems: string[]): number {
  if (typeof text !== 'string') return 1;
  const count = /^\d+$/.test(text) ? Number(text) : 0;
  const problem = findLengthProblem(count);
  if (problem === null) return count;
  const hint = count > MAX_SERIES_LENGTH ? '; use "imagepipeline batch" for more' : '';
  problems.push(`--count is "${text}"; ${problem}${hint}`);
  return 1;
}
