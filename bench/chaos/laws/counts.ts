import type { BatchStatus } from '../../../client/batches/batch-status';
import { type Evidence, listKeys } from '../evidence';

const OUTCOMES = ['succeeded', 'failed', 'cancelled', 'unknown'] as const;
const OPEN = ['waiting', 'running', 'retrying'] as const;

/** Law 4: counts add up at every status read, and at the end they match the results. */
export function counts({ plan, observed, lines }: Evidence): readonly string[] {
  const wrong = observed.flatMap((status, look) => wrongSums(status, plan.items, look));
  const last = observed.at(-1);
  return last?.finishedAt ? [...wrong, ...unlisted({ plan, lines }), ...wrongEnd(last, { lines })] : wrong;
}

function wrongSums({ counts: seen, failures }: BatchStatus, items: number, look: number): readonly string[] {
  const sum = [...OUTCOMES, ...OPEN].reduce((total, name) => total + seen[name], 0);
  const failed = Object.values(failures).reduce((total, count) => total + count, 0);
  return [
    ...(sum === items && seen.total === items ? [] : [`look ${look}: counts ${sum} of ${seen.total}, not ${items}`]),
    ...(failed >= seen.failed && failed <= seen.failed + seen.unknown + seen.cancelled
      ? []
      : [`look ${look}: ${failed} failures by code, ${seen.failed} failed`]),
  ];
}

function unlisted({ plan, lines }: Pick<Evidence, 'plan' | 'lines'>): readonly string[] {
  const listed = lines.map(({ key }) => key).join();
  return listed === listKeys(plan).join() ? [] : [`the results do not list every key once: ${lines.length} lines`];
}

function wrongEnd({ counts: reported }: BatchStatus, { lines }: Pick<Evidence, 'lines'>): readonly string[] {
  return OUTCOMES.flatMap((name) => {
    const listed = lines.filter(({ outcome }) => outcome === name).length;
    return listed === reported[name] ? [] : [`${reported[name]} are counted as ${name}, ${listed} are listed`];
  });
}
