/** The failure table as Markdown for the README, as text for terminals, and as JSON. */
import { formatCount } from '../workflows/domain/base/format-count';
import { type FailureRow, OWN_FAILURES, PROVIDER_FAILURES } from '../workflows/domain/failures/failures';

interface Section {
  readonly title: string;
  readonly rows: Readonly<Record<string, FailureRow>>;
}

const SECTIONS: readonly Section[] = [
  { title: 'Codes published by the provider', rows: PROVIDER_FAILURES },
  { title: 'Additional codes of imagepipeline', rows: OWN_FAILURES },
];

const HEADINGS = ['Code', 'Retryable', 'Scope', 'Tried again', 'Meaning', 'What to do'] as const;

export function formatFailuresAsMarkdown(): string {
  return SECTIONS.map(({ title, rows }) => {
    const lines = Object.entries(rows).map(([code, row]) => `| \`${code}\` | ${cells(row).join(' | ')} |`);
    return [`**${title}**`, '', `| ${HEADINGS.join(' | ')} |`, `|${' --- |'.repeat(HEADINGS.length)}`, ...lines].join(
      '\n',
    );
  }).join('\n\n');
}

/** The table for a terminal: one paragraph per code, since six columns do not fit a window. */
export function formatFailuresAsText(): string {
  return SECTIONS.map(({ title, rows }) => {
    const blocks = Object.entries(rows).map(([code, row]) => {
      const [retryable, scope, again, meaning, remedy] = cells(row);
      return `${code}\n  retryable ${retryable} · scope ${scope} · tried again ${again}\n  ${meaning}\n  ${remedy}`;
    });
    return [title, ...blocks].join('\n\n');
  }).join('\n\n');
}

export function toFailuresJson(): string {
  const rows = SECTIONS.flatMap(({ rows }, section) =>
    Object.entries(rows).map(([code, row]) => ({ code, published: section === 0, ...row })),
  );
  return JSON.stringify(rows, null, 2);
}

function cells(row: FailureRow): readonly string[] {
  return [formatRetryable(row.retryable), row.scope, formatRetry(row), row.meaning, row.remedy];
}

function formatRetryable(retryable: boolean | null): string {
  if (retryable === null) return '—';
  return retryable ? 'yes' : 'no';
}

function formatRetry({ budget, backoff }: FailureRow): string {
  if (backoff === null) return 'never';
  const times = budget === null ? 'until the deadline' : formatCount(budget, 'time');
  return `${times}, ${backoff.initialMs / 1_000} s × ${backoff.coefficient} up to ${backoff.maximumMs / 1_000} s`;
}
