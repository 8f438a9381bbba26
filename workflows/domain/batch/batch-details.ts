/** Markdown for the current details of batches and pages. Contains counts and codes, never a prompt or a URL. */
import { formatCount } from '../base/format-count';
import type { BatchState } from './batch-state';
import type { Tally } from './tally';

export function describeTally({ counts, failures, submissions, charged, duplicates, steps = {} }: Tally): string {
  const names = Object.entries(counts).filter(([, count]) => count > 0);
  const codes = Object.entries(failures).map(([code, count]) => `| ended with \`${code}\` | ${count} |`);
  const rows = [
    ...names.map(([name, count]) => `| ${name} | ${count} |`),
    ...codes,
    ...Object.entries(steps).map(([id, reached]) => `| step \`${id}\` | ${formatStepCounts(reached)} |`),
    `| submissions | ${submissions} |`,
    ...((charged['credits'] ?? 0) > 0 ? [`| credits charged | ${charged['credits']} |`] : []),
    ...((charged['usd'] ?? 0) > 0 ? [`| USD charged | ${charged['usd']} |`] : []),
    ...(duplicates > 0 ? [`| possible duplicates | ${duplicates} |`] : []),
  ];
  return ['| items | |', '| --- | --- |', ...rows].join('\n');
}

/** For example `57 succeeded, 3 failed`. */
export function formatStepCounts(reached: Readonly<Record<string, number>>): string {
  return Object.entries(reached)
    .map(([outcome, count]) => `${count} ${outcome}`)
    .join(', ');
}

export function describeBatch(state: BatchState): string {
  const reason = state.reason === null ? '' : ` · ${state.reason}`;
  const { permits, concurrency } = state;
  const bound = concurrency === null ? '' : `, at most ${concurrency} by request`;
  const head = `**${state.state}** · ${formatCount(state.total, 'item')} · ${permits === null ? 'no permits' : formatCount(permits, 'permit')}${bound}${reason}`;
  return `${head}\n\n${describeTally(state.tally)}`;
}
