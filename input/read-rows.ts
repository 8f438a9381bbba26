/** Reads a batch's rows as a stream, whatever the format. */
import { checkedText } from './checked-text';
import { Columns } from './columns';
import { type CsvOptions, csvRows } from './csv-rows';
import { InputFileError } from './input-file-error';
import type { InputRow } from './input-row';
import { jsonRows } from './json-rows';
import type { InputFormat, InputSource } from './open-input';
import { textRows } from './text-rows';
import { fromUtf16 } from './utf-16';

type Reader = (text: AsyncIterable<Buffer>, options: CsvOptions) => AsyncIterable<InputRow>;

const READERS: Readonly<Record<InputFormat, Reader>> = {
  csv: csvRows,
  jsonl: jsonRows,
  json: jsonRows,
  txt: textRows,
};

/**
 * Yields one row at a time, reading the file on demand. A row that could not be read carries its
 * problems.
 *
 * @throws InputFileError if there are no rows, or at an unreadable place; every row before it has been yielded
 */
export async function* readRows(source: InputSource): AsyncIterable<InputRow> {
  const { name, format, bytes, delimiter } = source;
  const columns = new Columns(source.columns, source.words);
  const seen = { bytes: 0, rows: 0 };
  const text = checkedText(name, fromUtf16(name, counted(bytes, seen)));
  for await (const row of READERS[format](text, { delimiter, columns })) {
    seen.rows += 1;
    yield columns.fillIn(row);
  }
  if (seen.rows === 0) throw new InputFileError([{ field: name, problem: withoutRows(format, seen.bytes) }]);
  // For JSON this is known only at the end; for CSV the header has reported it.
  const missing = columns.missing.map((column) => ({ field: `column "${column}"`, problem: IN_NO_ROW }));
  if (missing.length > 0) throw new InputFileError(missing, 1);
}

async function* counted(chunks: AsyncIterable<Uint8Array>, seen: { bytes: number }): AsyncIterable<Uint8Array> {
  for await (const chunk of chunks) {
    seen.bytes += chunk.length;
    yield chunk;
  }
}

const IN_NO_ROW = 'is in no row, but --map or --carry names it';

function withoutRows(format: InputFormat, bytes: number): string {
  if (bytes === 0) return 'is empty; must have at least one row';
  return `${WITHOUT_ROWS[format]}, and no rows; must have at least one`;
}

const WITHOUT_ROWS: Readonly<Record<InputFormat, string>> = {
  csv: 'has at most a header',
  jsonl: 'has blank lines or an empty list',
  json: 'has blank lines or an empty list',
  txt: 'has only blank lines',
};
