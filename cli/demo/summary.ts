/** The summary at the end of the demo. */
import path from 'node:path';
import { addCounts } from '../../workflows/domain/base/counts';
import { formatCount } from '../../workflows/domain/base/format-count';
import type { CodeCounts } from '../../workflows/domain/failures/failures';
import type { ItemResultRow } from '../../workflows/domain/item/item';

export interface Summary {
  readonly id: string;
  readonly lines: readonly ItemResultRow[];
  /** The data folder, as shown to the user. */
  readonly dataDir: string;
  /** How the command line was called. */
  readonly program: string;
  /** Contact sheets in the data folder, by label. */
  readonly sheets: Readonly<Record<string, string>>;
  /** Whether failed items were run again, by a second page. */
  readonly isRedriven: boolean;
}

export function formatSummary(summary: Summary): string {
  return [table(summary), places(summary), histories(summary)].join('\n\n');
}

function table({ lines }: Summary): string {
  const rows = lines.map(({ key, outcome, submissions, file, code }) => [
    key,
    outcome,
    String(submissions.length),
    formatMet(submissions),
    file === null ? (code ?? '') : path.basename(file),
  ]);
  return columns([['image', 'outcome', 'submissions', 'failures on the way', 'file or code'], ...rows]);
}

/** Lists the codes of failed jobs and refused requests with their counts. */
function formatMet(submissions: ItemResultRow['submissions']): string {
  let met: CodeCounts = {};
  for (const { code, refusals } of submissions) {
    met = addCounts(met, addCounts(refusals, code === null ? {} : { [code]: 1 }));
  }
  const words = Object.entries(met).map(([code, count]) => `${count} × ${code}`);
  return words.join(', ') || '–';
}

function columns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

const LABEL_WIDTH = 'Contact sheet  '.length;

function places({ lines, dataDir, sheets }: Summary): string {
  const charged = lines.flatMap(({ submissions }) => submissions).filter(({ code }) => code === null).length;
  return [
    `Images         ${path.join(dataDir, 'store', 'batches')}`,
    ...Object.entries(sheets).map(([label, name]) => `${label.padEnd(LABEL_WIDTH)}${path.join(dataDir, name)}`),
    `Paid jobs      ${charged} for ${formatCount(lines.length, 'image')}; failed jobs are not charged`,
  ].join('\n');
}

function histories({ id, dataDir, program, isRedriven }: Summary): string {
  const pages = ['page-000000', ...(isRedriven ? ['page-000001'] : [])].map((page) => `${id}/${page}`);
  const links = [id, ...pages].map(
    (workflowId) => `  http://127.0.0.1:8233/namespaces/default/workflows/${encodeURIComponent(workflowId)}`,
  );
  const command = `${program} dev --data-dir ${dataDir}`;
  return [
    'The history of every step is kept. To see it in Temporal UI, run',
    `  ${command}`,
    `and open the batch and its page${isRedriven ? ', and the page of its redrive' : ''}:`,
    ...links,
  ].join('\n');
}
