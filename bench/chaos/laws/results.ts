import type { LedgerEntry } from '../../../emulator';
import type { ItemResultRow } from '../../../workflows/domain/item/item';
import { byKey, type Evidence, everyLine, formatKey, toSingleKey } from '../evidence';

/** Type that every request of the suite has. A valid image of another type is stored and reported as that type. */
const ASKED_TYPE = 'image/png';

/** Law 3: the store has the bytes of every completed job as in the ledger, or its item has a code that says why not. */
export function results({ plan, ledger, lines, singles, files }: Evidence): readonly string[] {
  const jobs = byKey(ledger.jobs);
  const otherwise = new Set([
    ...plan.troubles.flatMap(({ item, trouble }) => (trouble === 'wrong type' ? [formatKey(plan, item)] : [])),
    ...plan.singles.flatMap((single) => (single.trouble === 'wrong type' ? [toSingleKey(single)] : [])),
  ]);
  return everyLine({ lines, singles }).flatMap((line) => [
    ...storedWrong(line, jobs.get(line.key) ?? [], files, otherwise.has(line.key) && line.mimeType !== ASKED_TYPE),
    ...silent(line, jobs.get(line.key) ?? []),
  ]);
}

function storedWrong(
  line: ItemResultRow,
  jobs: readonly LedgerEntry[],
  files: ReadonlyMap<string, string>,
  isOtherType: boolean,
): readonly string[] {
  const { key, outcome, jobId, sha256, file } = line;
  if (outcome !== 'succeeded') return [];
  const job = jobs.find((one) => one.jobId === jobId);
  if (job === undefined || !job.charged) return [`${key}: succeeded by ${jobId}, which did not complete`];
  const problems = [
    isOtherType || sha256 === job.resultSha256
      ? null
      : `${key}: its result has the hash ${sha256}, the provider's ${job.resultSha256}`,
    files.get(file ?? '') === sha256 ? null : `${key}: the file ${file} has not the hash ${sha256}`,
  ];
  return problems.filter((problem) => problem !== null);
}

function silent({ key, outcome, code }: ItemResultRow, jobs: readonly LedgerEntry[]): readonly string[] {
  if (outcome === 'succeeded' || code !== null) return [];
  return jobs.some(({ charged }) => charged) ? [`${key}: ${outcome} without a code, though a job completed`] : [];
}
