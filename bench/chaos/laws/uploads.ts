import type { UploadRecord } from '../../../emulator';
import { type BlowTime, byKey, type Evidence, isSuccess } from '../evidence';

/** Time in which the answer to an upload is recorded in the store, in ms. */
const RECORDED_WITHIN_MS = 1_500;
/** The provider notices a connection that a worker has closed this much later, in ms. */
const NOTICED_WITHIN_MS = 500;
/** Blows after which an upload may be lost between its answer and its record. */
const LOSE_UPLOADS = /worker|^take the store|^fill the disk/;
/** Blows that start a second worker: both may upload a content at the same time. */
const SECOND_WORKER = /^freeze the worker|^cut the worker|^jump the clock/;

/**
 * Law 19: a content is uploaded once. It is uploaded again only if the earlier upload failed, if its record was possibly
 * lost, if two workers begin at the same time, or for an item whose input the provider could not use.
 */
export function uploads(evidence: Evidence): readonly string[] {
  const { ledger } = evidence;
  const contents = [...new Set(ledger.uploads.map(({ sha256 }) => sha256))];
  return contents.flatMap((sha256) => {
    const made = ledger.uploads.filter((upload) => upload.sha256 === sha256);
    const repeated = made.filter((upload, index) => isRepeated(upload, made.slice(0, index), evidence)).length;
    const allowed = sha256 === null ? 0 : countRenewals(sha256, evidence);
    return [
      ...(repeated > allowed ? [`${sha256} was uploaded ${repeated} times again, ${allowed} times may be`] : []),
      ...made.filter(({ name }) => !name.startsWith(`${sha256}.`)).map(({ name }) => `${name} has the bytes ${sha256}`),
    ];
  });
}

function isRepeated(upload: UploadRecord, before: readonly UploadRecord[], evidence: Evidence): boolean {
  return before.some((earlier) => {
    if (isPossiblyLost(earlier, evidence)) return false;
    const answeredAt = earlier.answeredAt ?? Number.POSITIVE_INFINITY;
    if (hadSecondWorker(upload, evidence)) {
      return isSuccess(earlier) && upload.at > answeredAt + RECORDED_WITHIN_MS;
    }
    return isSuccess(earlier) || upload.at < answeredAt - NOTICED_WITHIN_MS;
  });
}

/** Whether a blow struck the worker or the store before the upload was recorded for certain. */
function isPossiblyLost({ at, answeredAt }: UploadRecord, evidence: Evidence): boolean {
  const until = (answeredAt ?? Number.POSITIVE_INFINITY) + RECORDED_WITHIN_MS;
  return timesOf(LOSE_UPLOADS, evidence).some(({ from, to }) => from <= until && to >= at);
}

function hadSecondWorker({ at }: UploadRecord, evidence: Evidence): boolean {
  return timesOf(SECOND_WORKER, evidence).some(({ from }) => from <= at);
}

/** Blows by the clock of the provider. One without an end lasts. */
function timesOf(blows: RegExp, { struck, struckTimes, plan }: Evidence): readonly Omit<BlowTime, 'blow'>[] {
  const times = struckTimes
    .filter(({ blow }) => blows.test(blow))
    .map(({ from, to }) => ({ from: from + plan.skewMs, to: to + plan.skewMs }));
  const isLasting = struck.filter((blow) => blows.test(blow)).length > times.length;
  return isLasting ? [...times, { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY }] : times;
}

/** Submissions with a content that the provider refused or failed for their input. */
function countRenewals(sha256: string, { ledger, contents }: Evidence): number {
  const jobs = byKey(ledger.jobs);
  const posts = byKey(ledger.posts);
  const keys = [...contents].flatMap(([key, list]) => (list.includes(sha256) ? [key] : []));
  return keys.reduce((sum, key) => {
    const failed = (jobs.get(key) ?? []).filter(({ code }) => code === 'INPUT_INVALID').length;
    const refused = (posts.get(key) ?? []).filter(({ status }) => REFUSED_INPUT.has(status ?? 0)).length;
    return sum + failed + refused;
  }, 0);
}

const REFUSED_INPUT: ReadonlySet<number> = new Set([400, 413, 422]);
