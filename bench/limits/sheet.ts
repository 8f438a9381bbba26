/** Formats the figures as rows of a table, and checks the bars of the batch. */
import { type Bar, meets } from '../report';
import type { Figures } from './figures';
import { countJobs, type Scenario } from './scenarios';
import type { Subject } from './subjects';

interface Column {
  readonly title: string;
  readonly words: (figures: Figures) => string;
  /** The bars of the batch. */
  readonly bar?: { readonly value: (figures: Figures) => number; readonly bar: Bar };
}

const FIGURE_COLUMNS: readonly Column[] = [
  { title: 'Search', words: ({ searchMs }) => seconds(searchMs) },
  { title: 'Use', words: ({ use }) => use.toFixed(3), bar: { value: ({ use }) => use, bar: { atLeast: 0.95 } } },
  {
    title: 'Throttled, whole run',
    words: ({ throttled }) => percent(throttled),
    bar: { value: ({ throttled }) => throttled, bar: { atMost: 0.05 } },
  },
  {
    title: 'after search',
    words: ({ throttledAfterSearch }) => percent(throttledAfterSearch),
    bar: { value: ({ throttledAfterSearch }) => throttledAfterSearch, bar: { atMost: 0.01 } },
  },
  { title: 'Makespan', words: ({ makespanMs }) => seconds(makespanMs) },
  {
    title: '÷ bound',
    words: ({ makespanMs, boundMs }) => (makespanMs / boundMs).toFixed(3),
    bar: { value: ({ makespanMs, boundMs }) => makespanMs / boundMs, bar: { atMost: 1.1 } },
  },
  { title: 'possible', words: ({ possibleMs, boundMs }) => (possibleMs / boundMs).toFixed(3) },
  {
    title: 'Share, off its weight',
    words: ({ shareOff }) => (shareOff === null ? '—' : percent(shareOff)),
    bar: { value: ({ shareOff }) => shareOff ?? 0, bar: { atMost: 0.1 } },
  },
];

export const COLUMNS: readonly string[] = ['Limit', 'By', 'Items', ...FIGURE_COLUMNS.map(formatHead)];

export function formatTitle({ about }: Scenario): string {
  return about;
}

export function formatCells(scenario: Scenario, subject: Subject, figures: Figures): readonly string[] {
  const cells = FIGURE_COLUMNS.map((column) => {
    const words = column.words(figures);
    return isMissed(column, subject, figures) ? `**${words}**` : words;
  });
  return [formatTitle(scenario), subject.title, `${countJobs(scenario)} of ${seconds(scenario.medianMs)}`, ...cells];
}

export function missedBars(scenario: Scenario, subject: Subject, figures: Figures): readonly string[] {
  return FIGURE_COLUMNS.filter((column) => isMissed(column, subject, figures)).map(
    (column) => `${scenario.name}: ${formatHead(column)} is ${column.words(figures)}`,
  );
}

/** Scripts are for comparison and have no bars. */
function isMissed({ bar }: Column, subject: Subject, figures: Figures): boolean {
  return subject.isBatch && bar !== undefined && !meets(bar.value(figures), bar.bar);
}

function formatHead({ title, bar }: Column): string {
  if (bar === undefined) return title;
  const [sign, value] = 'atLeast' in bar.bar ? ['≥', bar.bar.atLeast] : ['≤', bar.bar.atMost];
  return `${title} (${sign} ${value})`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
