/** The rows of a text file: one prompt, or one main input of the operation, per line. */
import { findFieldRule, getOperationRow } from '../workflows/domain/operations/operations';
import { COLUMN_NAMES, type Columns, isHeaderOfRequests } from './columns';
import { DELIMITERS } from './delimiter';
import { InputFileError } from './input-file-error';
import { type InputRow, MAX_ROW_BYTES } from './input-row';
import { parseField } from './requests/field-text';
import { textLines } from './text-lines';

/** @throws InputFileError if the file has another format: each of its lines would be paid as a prompt */
export async function* textRows(
  text: AsyncIterable<Buffer>,
  { columns: { defaultOperation } }: { readonly columns: Columns },
): AsyncIterable<InputRow> {
  const { main } = getOperationRow(defaultOperation);
  const rule = findFieldRule(defaultOperation, main);
  let number = 0;
  for await (const { line, text: content } of textLines(text, MAX_ROW_BYTES)) {
    const prompt = content?.trim();
    if (prompt === '') continue;
    number += 1;
    if (number === 1 && prompt !== undefined) refuseOtherFormat(prompt, line);
    const value = rule === undefined || prompt === undefined ? prompt : parseField(rule, prompt);
    yield value === undefined ? tooLong(line, number) : { line, number, values: { [main]: value }, problems: [] };
  }
}

function tooLong(line: number, number: number): InputRow {
  const problem = `is longer than ${MAX_ROW_BYTES} bytes; shorten it`;
  return { line, number, values: {}, problems: [{ field: 'row', problem }] };
}

function refuseOtherFormat(first: string, line: number): void {
  const format = isHeader(first) ? 'csv' : /^[{[]/.test(first) ? 'json' : null;
  if (format === null) return;
  const found = format === 'csv' ? 'is the header of a CSV file' : 'begins as JSON does';
  throw new InputFileError([{ field: 'row', problem: `${found}; add --format ${format}, or delete it` }], line);
}

function isHeader(line: string): boolean {
  return DELIMITERS.some(({ character }) => {
    const names = line.split(character).map((cell) => cell.replaceAll('"', '').trim().toLowerCase());
    return names.every((name) => COLUMN_NAMES.has(name)) && isHeaderOfRequests(names);
  });
}
