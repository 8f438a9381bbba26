import type { ItemResultRow } from '../../../workflows/domain/item/item';
import { byKey, type Evidence, everyLine, isSuccess } from '../evidence';
import { isForOperators } from '../plan-blows';

const INVALID = 'INPUT_INVALID';
const REFUSALS: ReadonlySet<number> = new Set([400, 413, 415, 422]);

/** Law 20: an upload is free, so an item of which a file was never uploaded has a known outcome. */
export function freeUploads(evidence: Evidence): readonly string[] {
  const { ledger, contents, struck, taken } = evidence;
  // Such items are unknown as a whole, because their page was lost.
  const isLost = struck.some(isForOperators) || taken.some((step) => step.startsWith('reset'));
  const uploaded = new Set(ledger.uploads.filter(isSuccess).map(({ sha256 }) => sha256));
  return everyLine(evidence).flatMap(({ key, outcome, jobId }) => {
    if (outcome !== 'unknown' || jobId !== null || isLost) return [];
    const missing = (contents.get(key) ?? []).filter((sha256) => !uploaded.has(sha256));
    return missing.map((sha256) => `${key}: is unknown, but its file ${sha256} was never uploaded`);
  });
}

/** Law 21: an item is INPUT_INVALID only if the provider has refused or failed its own upload, submission or job. */
export function refusedUploads(evidence: Evidence): readonly string[] {
  const { ledger, contents } = evidence;
  const jobs = byKey(ledger.jobs);
  const posts = byKey(ledger.posts);
  const refused = ledger.uploads.filter(({ status }) => REFUSALS.has(status));
  const isOwn = ({ key, ...line }: ItemResultRow) =>
    (jobs.get(key) ?? []).some(({ code }) => code === INVALID) ||
    (posts.get(key) ?? []).some(({ status }) => REFUSALS.has(status ?? 0)) ||
    refused.some(({ sha256 }) => contents.get(key)?.includes(sha256 ?? '') || listStepFiles(line).includes(sha256));
  return everyLine(evidence)
    .filter((line) => line.code === INVALID && !isOwn(line))
    .map(({ key, message }) => `${key}: ends by ${INVALID}, but nothing of it was refused: ${message}`);
}

/** SHA-256 of the files of earlier steps. */
function listStepFiles({ steps = [] }: Pick<ItemResultRow, 'steps'>): readonly (string | null)[] {
  return steps.flatMap(({ files }) => files.map(({ sha256 }) => sha256));
}
