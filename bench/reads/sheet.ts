/** Formats the figures as rows of a table, and checks the bars of each case. */
import { meets } from '../report';
import type { Case } from './cases';
import type { Figures } from './figures';

interface Column {
  readonly title: string;
  readonly words: (figures: Figures) => string;
  /** The value that is compared with the case's bar. */
  readonly barred?: { readonly value: (figures: Figures) => number; readonly atMost: (one: Case) => number };
}

const FIGURE_COLUMNS: readonly Column[] = [
  {
    title: 'Reads per job',
    words: ({ readsPerJob }) => readsPerJob.toFixed(2),
    barred: { value: ({ readsPerJob }) => readsPerJob, atMost: ({ readsBar }) => readsBar },
  },
  {
    title: 'Delay ÷ job time, %',
    words: ({ delay }) => percent(delay),
    barred: { value: ({ delay }) => delay, atMost: ({ delayBar }) => delayBar },
  },
  { title: 'Median delay, ms', words: ({ medianDelayMs }) => String(Math.round(medianDelayMs)) },
  {
    title: 'of it: callback sent + taken + read, mean ms',
    words: ({ legsMs }) => legsMs?.map((ms) => Math.round(ms)).join(' + ') ?? '—',
  },
];
const BAR_WORDS = [({ readsBar }: Case) => String(readsBar), ({ delayBar }: Case) => percent(delayBar)];

export const COLUMNS: readonly string[] = [
  'Jobs of',
  'Images',
  ...FIGURE_COLUMNS.map(({ title }) => title),
  'Bars: reads, %',
  'Load',
];

/** @param load the machine's load while the case ran, as printed by `uptime` */
export function formatCells(one: Case, figures: Figures, load: number): readonly string[] {
  const cells = FIGURE_COLUMNS.map((column) => {
    const words = column.words(figures);
    return isMissed(column, one, figures) ? `**${words}**` : words;
  });
  const bars = BAR_WORDS.map((wordsOf) => wordsOf(one)).join(', ');
  return [one.about, String(one.counted), ...cells, bars, load.toFixed(1)];
}

export function missedBars(one: Case, figures: Figures): readonly string[] {
  return FIGURE_COLUMNS.filter((column) => isMissed(column, one, figures)).map(
    (column) => `${one.name}: ${column.title} is ${column.words(figures)}`,
  );
}

function isMissed({ barred }: Column, one: Case, figures: Figures): boolean {
  return barred !== undefined && !meets(barred.value(figures), { atMost: barred.atMost(one) });
}

function percent(share: number): string {
  return (100 * share).toFixed(1);
}
