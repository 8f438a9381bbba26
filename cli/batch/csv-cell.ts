import { stripControls } from '../terminal/clean-text';

/** What spreadsheets take for a formula at the beginning of a cell. */
const FORMULA_START = /^[=+\-@\t＝＋－＠]/;

/** A text or number as a cell of a CSV file: quoted where need be, and never a formula. */
export function toCsvCell(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const clean = stripControls(value);
  const text = FORMULA_START.test(clean) ? `'${clean}` : clean;
  return /[",\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}
