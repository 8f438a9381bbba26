/** Failure codes as the failure table explains them. */
import { FAILURES } from '../../../../workflows/domain/failures/failures';

export interface ExplainedFailure {
  readonly code: string;
  readonly count: number;
  readonly meaning: string;
  readonly remedy: string;
}

const ROWS = new Map<string, { readonly meaning: string; readonly remedy: string }>(Object.entries(FAILURES));

/** The most frequent code first. Codes of newer workers have no explanation. */
export function explainFailures(failures: Readonly<Record<string, number>>): readonly ExplainedFailure[] {
  return Object.entries(failures)
    .sort(([one, many], [other, more]) => more - many || one.localeCompare(other))
    .map(([code, count]) => ({ code, count, ...explainCode(code) }));
}

export function explainCode(code: string): { readonly meaning: string; readonly remedy: string } {
  return (
    ROWS.get(code) ?? { meaning: 'A code that this version does not know.', remedy: 'See the logs of the workers.' }
  );
}
