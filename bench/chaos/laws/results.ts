import type { LedgerEntry } from '../../../emulator';
import type { ItemResultRow } from '../../../workflows/domain/item/item';
import { byKey, type Evidence, everyLine, formatKey, toSingleKey } from '../evidence';
import type { Plan } from '../plan';
import { SHAPES } from '../plan-inputs';
import { listMade, type MadeStep } from '../recipe-steps';

const DEFAULT_TYPE = SHAPES['generate/image'].mimeType;

/** Law 3: the store has the bytes of every completed job as in the ledger, or its item has a code that says why not. */
export function results({ plan, ledger, lines, singles, files }: Evidence): readonly string[] {
  const jobs = byKey(ledger.jobs);
  const otherwise = new Set([
    ...plan.troubles.flatMap(({ item, trouble }) => (trouble === 'wrong type' ? [formatKey(plan, item)] : [])),
    ...plan.singles.flatMap((single) => (single.trouble === 'wrong type' ? [toSingleKey(single)] : [])),
  ]);
  const types = typesOf(plan);
  return everyLine({ lines, singles }).flatMap((line) => {
    const type = types.get(line.key) ?? DEFAULT_TYPE;
    return [
      ...listMade(line).flatMap((made) => {
        const isOtherType = otherwise.has(line.key) && (made.step !== null || line.mimeType !== type);
        return storedWrong(line.key, made, jobs.get(line.key) ?? [], files, isOtherType);
      }),
      ...silent(line, jobs.get(line.key) ?? []),
    ];
  });
}

/** The type that each request asks for, by key. A valid picture of another type is stored and reported as that type. */
function typesOf(plan: Plan): ReadonlyMap<string, string> {
  const { rows, singles } = plan.inputs;
  return new Map([
    ...rows.map(({ operation }, item) => [formatKey(plan, item), SHAPES[operation].mimeType] as const),
    ...singles.map(
      ({ operation }, index) => [toSingleKey(plan.singles[index] ?? { id: '' }), SHAPES[operation].mimeType] as const,
    ),
  ]);
}

function storedWrong(
  key: string,
  { jobId, files: [main, ...others] }: MadeStep,
  jobs: readonly LedgerEntry[],
  files: ReadonlyMap<string, string>,
  isOtherType: boolean,
): readonly string[] {
  const { sha256 = null, file = null } = main ?? {};
  const job = jobs.find((one) => one.jobId === jobId);
  if (job === undefined || !job.charged) return [`${key}: succeeded by ${jobId}, which did not complete`];
  const problems = [
    isOtherType || sha256 === job.resultSha256
      ? null
      : `${key}: its result has the hash ${sha256}, the provider's ${job.resultSha256}`,
    files.get(file ?? '') === sha256 ? null : `${key}: the file ${file} has not the hash ${sha256}`,
    ...others.map((one) => (files.get(one.file) === one.sha256 ? null : `${key}: ${one.file} has not its hash`)),
  ];
  return problems.filter((problem) => problem !== null);
}

function silent({ key, outcome, code }: ItemResultRow, jobs: readonly LedgerEntry[]): readonly string[] {
  if (outcome === 'succeeded' || code !== null) return [];
  return jobs.some(({ charged }) => charged) ? [`${key}: ${outcome} without a code, though a job completed`] : [];
}
