import { stripControls } from './clean-text';

/** Characters that spreadsheets read as the start of a formula. */
const FORMULA_START = /^[=+\-@\t＝＋－＠]/;

/** Formats a text or number as a CSV cell: quoted if necessary, and never a formula. */
export function toCsvCell(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const clean = stripControls(value);
  const text = FORMULA_START.test(clean) ? `'${clean}` : clean;
  return /[",\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}
