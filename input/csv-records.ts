/** Parses CSV into a stream of records with the exact line where each begins. */
import { type CsvError, type Parser, parse } from 'csv-parse';
import { getOwn } from '../workflows/domain/base/own-value';
import { InputFileError } from './input-file-error';
import { MAX_ROW_BYTES } from './input-row';
import { LineIndex, lineEndsIn } from './line-index';
import type { FieldProblem } from './requests/request-schema';

export interface CsvRecord {
  /** The line where it begins, from 1; the line of its quote if that is the problem. */
  readonly line: number;
  /** `null` for a record that could not be parsed. */
  readonly cells: readonly string[] | null;
  readonly problems: readonly FieldProblem[];
}

const STRAY_QUOTE: FieldProblem = {
  field: 'row',
  problem:
    'has a quote inside a field that does not begin with one; put the whole field in quotes, and write "" for a quote inside it',
};
const LOST_QUOTE = 'write "" for a quote inside a quoted field, and close the field with one "';

/** Errors after which the end of a row would be a guess. Paid work must not rely on one. */
const FATAL: Readonly<Record<string, string>> = {
  CSV_INVALID_CLOSING_QUOTE: `has a quoted field that begins here and continues after its closing quote; ${LOST_QUOTE}`,
  CSV_QUOTE_NOT_CLOSED: `has a quote that begins here and never closes; ${LOST_QUOTE}`,
  CSV_MAX_RECORD_SIZE: `is longer than ${MAX_ROW_BYTES} bytes; shorten it, or close the quote of its last field`,
};

/**
 * Parses one chunk at a time, at the speed of the consumer.
 *
 * @throws InputFileError at an unreadable place; every record before it has been yielded
 */
export async function* csvRecords(chunks: AsyncIterable<Buffer>, delimiter: string): AsyncIterable<CsvRecord> {
  const lines = new LineIndex();
  const read: CsvRecord[] = [];
  const parser = createParser(delimiter, lines, read);
  let failure: unknown = null;
  try {
    for await (const chunk of chunks) {
      lines.feed(chunk);
      failure = await toFailure((done) => parser.write(chunk, done));
      yield* read.splice(0);
      if (failure !== null) break;
    }
    failure ??= await toFailure((done) => parser.end(done));
    yield* read.splice(0);
    if (failure !== null) throw failure;
  } finally {
    parser.destroy();
  }
}

function toFailure(step: (done: (error?: Error | null) => void) => void): Promise<unknown> {
  return new Promise((resolve) => step((error) => resolve(error ?? null)));
}

/** Collects records in `read`: the stream itself would drop them when it fails. */
function createParser(delimiter: string, lines: LineIndex, read: CsvRecord[]): Parser {
  let strayQuoteIn = 0;
  const parser = parse({
    delimiter,
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    max_record_size: MAX_ROW_BYTES,
    skip_records_with_error: true,
    on_record: (cells: string[]) => {
      const endsIn = lines.findLine(parser.info.bytes - 1);
      const line = cells.reduce((sum, cell) => sum - lineEndsIn(cell), endsIn);
      read.push({ line, cells, problems: [] });
      return null;
    },
    on_skip: (error) => {
      // The parser is inside the damaged field; its byte count ends where that field begins.
      const line = lines.findLine(parser.info.bytes);
      refuseFatal(error, line);
      // Several such quotes in a line are reported as one problem.
      if (line !== strayQuoteIn) read.push({ line, cells: null, problems: [STRAY_QUOTE] });
      strayQuoteIn = line;
      return undefined;
    },
  });
  // The write that caused a failure receives it, too.
  parser.on('error', () => undefined);
  return parser;
}

function refuseFatal(error: CsvError | undefined, line: number): void {
  const code = String(error?.code);
  if (code === 'INVALID_OPENING_QUOTE') return;
  throw new InputFileError([{ field: 'row', problem: getOwn(FATAL, code) ?? `cannot be read (${code})` }], line);
}
