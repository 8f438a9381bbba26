import type { UploadRecord } from '../../../emulator';
import { type Evidence, isSuccess, type Text } from '../evidence';
import type { Blow } from '../plan-blows';
import { findContent } from '../upload-address';

/** What a worker logs once it has recorded an upload in the store. */
const RECORDED = /input uploaded .*"input":"inputs\/([0-9a-f]{64})\.\w+"/g;
/** Blows after which an upload that was answered may never be recorded. */
const LOSE_UPLOADS = /worker|^take the store|^fill the disk/;
/** Blows that start a second worker: both may upload a content, because neither has found a record. */
const SECOND_WORKER = /^freeze the worker|^cut the worker|^jump the clock/;

/**
 * Law 19: a content is uploaded once. It is uploaded again only if the earlier upload failed or was not recorded, by each of
 * two workers, or for an item whose input the provider could not use.
 */
export function uploads(evidence: Evidence): readonly string[] {
  const { ledger } = evidence;
  const contents = new Set(ledger.uploads.map(({ sha256 }) => sha256));
  return [...contents].flatMap((sha256) => {
    const made = ledger.uploads.filter((upload) => upload.sha256 === sha256);
    const repeated = sha256 === null ? 0 : countRepeated(sha256, made, evidence);
    const allowed = sha256 === null ? 0 : countRenewals(sha256, evidence);
    return [
      ...(repeated > allowed ? [`${sha256} was uploaded ${repeated} times again, ${allowed} times may be`] : []),
      ...made.filter(({ name }) => !name.startsWith(`${sha256}.`)).map(({ name }) => `${name} has the bytes ${sha256}`),
    ];
  });
}

function countRepeated(sha256: string, made: readonly UploadRecord[], { struck, texts }: Evidence): number {
  const recorded = countRecorded(sha256, texts);
  if (isAny(SECOND_WORKER, struck)) return Math.max(0, Math.max(0, ...recorded) - 1);
  if (isAny(LOSE_UPLOADS, struck)) return Math.max(0, recorded.reduce((sum, count) => sum + count, 0) - 1);
  return made.filter((upload, index) => made.slice(0, index).some((earlier) => isSuperfluous(upload, earlier))).length;
}

/** How often each worker has recorded an upload of a content. */
function countRecorded(sha256: string, texts: readonly Text[]): readonly number[] {
  return texts
    .filter(({ where }) => where === 'log of the worker')
    .map(({ text }) => [...text.matchAll(RECORDED)].filter(([, content]) => content === sha256).length);
}

/** Whether one worker has begun an upload although it had made an earlier one, or was making it. */
function isSuperfluous(upload: UploadRecord, earlier: UploadRecord): boolean {
  // An answer that was sent in part may have been given up.
  return isSuccess(earlier) || (earlier.whole === true && upload.at < (earlier.answeredAt ?? 0));
}

function isAny(pattern: RegExp, struck: readonly Blow[]): boolean {
  return struck.some((blow) => pattern.test(blow));
}

/** Submissions with a content that the provider refused or failed for their input. */
function countRenewals(sha256: string, { ledger }: Evidence): number {
  const isOf = ({ inputs }: { readonly inputs: readonly string[] }) =>
    inputs.some((address) => findContent(address) === sha256);
  const failed = ledger.jobs.filter((job) => job.code === 'INPUT_INVALID' && isOf(job)).length;
  const refused = ledger.posts.filter((post) => REFUSED_INPUT.has(post.status ?? 0) && isOf(post)).length;
  return failed + refused;
}

const REFUSED_INPUT: ReadonlySet<number> = new Set([400, 413, 422]);
