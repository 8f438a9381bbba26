/** Results as CSV, for spreadsheets. */
import { toCsvCell } from '../base/csv-cell';
import { getOwn } from '../base/own-value';
import type { ItemResultRow } from './item';
import type { ResultLine } from './result-row';

const COLUMNS = [
  'key',
  'outcome',
  'file',
  'sha256',
  'bytes',
  'mimeType',
  'width',
  'height',
  'verified',
  'jobId',
  'code',
  'message',
] as const satisfies readonly (keyof ItemResultRow)[];

/** Between the files of an item in one cell. */
const FILE_SEPARATOR = '|';

export interface LineFormat {
  /** The first line, with its end; empty: there is none. */
  readonly heading: string;
  /** One result, without the end of its line. */
  readonly line: (line: ResultLine) => string;
}

/**
 * Formats results as CSV.
 *
 * @param carried names of the carried columns. They come last, under their own names unless these are taken.
 */
export function resultCsv(carried: readonly string[]): LineFormat {
  const own: readonly string[] = [...COLUMNS, 'submissions', 'files'];
  const names = carried.map((name) => (own.includes(name) ? `values.${name}` : name));
  return {
    heading: `${[...own, ...names].map(toCsvCell).join(',')}\n`,
    line: (line) => {
      const values = carried.map((name) => toText(getOwn(line.values ?? {}, name)));
      const files = line.files.map(({ role, file }) => `${role}=${file}`).join(FILE_SEPARATOR);
      return [...COLUMNS.map((name) => line[name]), line.submissions.length, files, ...values]
        .map((cell) => toCsvCell(typeof cell === 'boolean' ? String(cell) : (cell ?? '')))
        .join(',');
    },
  };
}

function toText(value: unknown): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
