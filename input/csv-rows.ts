/** The rows of a CSV file: the first line that is not blank is the header. */
import type { Columns } from './columns';
import { type CsvHeader, headerAgain, readHeader } from './csv-header';
import { type CsvRecord, csvRecords } from './csv-records';
import { carriedValues, findRowRules, hasIndex, isBlank, rowValues, shapeProblems } from './csv-row';
import { cellWarnings } from './csv-warnings';
import { type Delimiter, findDelimiter } from './delimiter';
import { InputFileError } from './input-file-error';
import type { InputRow, InputWarning } from './input-row';

export interface CsvOptions {
  /** Default: detected from the header line. */
  readonly delimiter?: Delimiter | undefined;
  readonly columns: Columns;
}

/** @throws InputFileError if the header is invalid, or at an unreadable place */
export async function* csvRows(bytes: AsyncIterable<Buffer>, options: CsvOptions): AsyncIterable<InputRow> {
  const { delimiter, text } = await findDelimiter(bytes, options.delimiter);
  let table: CsvTable | null = null;
  for await (const record of csvRecords(text, delimiter.character)) {
    if (record.cells !== null && isBlank(record.cells)) continue;
    if (table === null) table = new CsvTable(record, delimiter, options.columns);
    else yield table.row(record);
  }
}

/** A header and the rows below it. */
class CsvTable {
  private readonly header: CsvHeader;
  private rows = 0;
  private hasWarnedOfIndex = false;
  private hasWarned = false;

  /** @throws InputFileError with every problem of the header */
  constructor(
    { line, cells, problems }: CsvRecord,
    private readonly delimiter: Delimiter,
    private readonly columns: Columns,
  ) {
    if (cells === null) throw new InputFileError(problems, line);
    this.header = readHeader(line, cells, columns);
  }

  /** @throws InputFileError at the header of another file */
  row({ line, cells, problems }: CsvRecord): InputRow {
    this.rows += 1;
    const number = this.rows;
    if (cells === null) return { line, number, values: {}, problems };
    const { names, own, carried } = this.header;
    const again = headerAgain(names, cells);
    if (again === 'other') throw new InputFileError([OTHER_HEADER], line);
    if (again === 'same') return { line, number, values: {}, problems: [SAME_HEADER] };
    const shape = shapeProblems(names, cells, this.delimiter);
    if (shape.length > 0) return { line, number, values: {}, problems: shape };
    const rules = findRowRules(own, cells, this.columns.defaultOperation);
    const warnings = [
      ...this.headerWarnings(),
      ...this.indexWarning(line, cells),
      ...cellWarnings(line, own, cells, rules),
    ];
    return {
      line,
      number,
      values: rowValues(own, cells, rules),
      carried: carriedValues(carried, cells),
      problems: [],
      warnings,
    };
  }

  /** Warnings about the header, attached to the first readable row. */
  private headerWarnings(): readonly InputWarning[] {
    if (this.hasWarned) return [];
    this.hasWarned = true;
    return this.header.warnings;
  }

  /** The warning about an index column, given once. */
  private indexWarning(line: number, cells: readonly string[]): readonly InputWarning[] {
    if (this.hasWarnedOfIndex || !hasIndex(this.header.names, cells)) return [];
    this.hasWarnedOfIndex = true;
    return [{ ...INDEX_COLUMN, line }];
  }
}

const SAME_HEADER = { field: 'row', problem: 'repeats the header, as in concatenated files; delete this line' };
const OTHER_HEADER = {
  field: 'row',
  problem: 'is the header of another file with other columns; split the file here, into two batches',
};
const INDEX_COLUMN = {
  field: 'column 1',
  problem: 'has numbers and no name, like an index column of pandas or R; it is left out',
};
