/** Reports the figures of a benchmark on the terminal and in bench/README.md, together with the machine. */
import { readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { findPackageRoot } from '../tools/temporal/package-root';

export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** The bound that a change must keep. */
  readonly bar: Bar;
}

export type Bar = { readonly atLeast: number } | { readonly atMost: number };

/** A table with one row per measurement; the first two cells identify a row. */
interface Sheet {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Every possible first cell, in the order of the page. */
  readonly order: readonly string[];
  /** Whether rows of earlier runs are dropped. Default false. */
  readonly isWhole?: true;
}

/** Prints and writes the figures; returns `false` if one misses its bar. */
export function report(bench: string, about: string, figures: readonly Figure[]): boolean {
  const table = [
    '| Figure | Value | Bar |',
    '| --- | --- | --- |',
    ...figures.map(({ name, value, unit, bar }) => `| ${name} | ${round(value)} ${unit} | ${formatBar(bar)} |`),
  ].join('\n');
  const text = `${about}\n${machine()}\n\n${table}`;
  process.stdout.write(`${text}\n`);
  replaceSection(bench, () => text);
  const missed = figures.filter(({ value, bar }) => !meets(value, bar));
  for (const { name } of missed) process.stderr.write(`${name} misses its bar\n`);
  return missed.length === 0;
}

/** Prints the rows, and replaces the rows of the same names in the page; others stay. */
export function reportSheet(bench: string, about: string, sheet: Sheet): void {
  const words = `${about}\n${machine()}`;
  process.stdout.write(`${words}\n\n${sheetTable(sheet, sheet.rows)}\n`);
  replaceSection(bench, (before) => {
    const named = new Set(sheet.rows.map(rowName));
    const kept = sheet.isWhole ? [] : tableRows(before).filter((row) => !named.has(rowName(row)));
    return `${words}\n\n${sheetTable(sheet, [...kept, ...sheet.rows])}`;
  });
}

/** A value that is not a number misses its bar. */
export function meets(value: number, bar: Bar): boolean {
  return 'atLeast' in bar ? value >= bar.atLeast : value <= bar.atMost;
}

function sheetTable({ columns, order }: Sheet, rows: readonly (readonly string[])[]): string {
  const place = ([first = '']: readonly string[]) => order.indexOf(first);
  const sorted = [...rows].sort((one, other) => place(one) - place(other));
  return [columns, columns.map(() => '---'), ...sorted].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Returns the rows below a table's head. */
function tableRows(text: string): readonly (readonly string[])[] {
  const lines = text.split('\n').filter((line) => line.startsWith('| '));
  return lines.slice(2).map((line) => line.slice(2, -2).split(' | '));
}

function rowName(cells: readonly string[]): string {
  return cells.slice(0, 2).join(' | ');
}

function formatBar(bar: Bar): string {
  return 'atLeast' in bar ? `≥ ${bar.atLeast}` : `≤ ${bar.atMost}`;
}

function round(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toFixed(2);
}

function machine(): string {
  const [cpu] = os.cpus();
  const memory = Math.round(os.totalmem() / 2 ** 30);
  return (
    `Machine: ${os.cpus().length} cores (${cpu?.model.trim() ?? 'unknown'}), ${memory} GiB, ${os.platform()} ` +
    `${os.release()}, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}.`
  );
}

function replaceSection(bench: string, change: (before: string) => string): void {
  const file = path.join(findPackageRoot(), 'bench', 'README.md');
  const [begin, end] = [`<!-- ${bench}: begin -->`, `<!-- ${bench}: end -->`];
  const page = readFileSync(file, 'utf8');
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`bench/README.md has no section "${bench}"`);
  const start = from + begin.length;
  writeFileSync(file, `${page.slice(0, start)}\n${change(page.slice(start, to))}\n${page.slice(to)}`);
}
