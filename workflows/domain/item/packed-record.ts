/**
 * A compact record for continue-as-new: a page carries hundreds in one payload of 2 MB. All codes and job ids are kept,
 * but only the newest message.
 */
import type { CodeCounts } from '../failures/failures';
import type { Charge, Submission } from './item';
import { type ItemRecord, NEW_RECORD } from './item-record';

/** Job id, code, refusals, charge; trailing empty values are omitted. */
type PackedSubmission = readonly [string | null, string | null, CodeCounts?, Charge?];

export interface PackedRecord extends Partial<Omit<ItemRecord, 'submissions'>> {
  readonly submissions: readonly PackedSubmission[];
  /** Message of the newest submission. */
  readonly message?: string;
}

/** Maximum length, in characters. */
const MAX_MESSAGE_LENGTH = 200;

export function packRecord({ submissions, ...rest }: ItemRecord): PackedRecord {
  const message = submissions.at(-1)?.message?.slice(0, MAX_MESSAGE_LENGTH);
  return {
    ...withoutDefaults(rest),
    submissions: submissions.map(packSubmission),
    ...(message === undefined ? {} : { message }),
  };
}

export function unpackRecord({ submissions, message, ...rest }: PackedRecord): ItemRecord {
  const unpacked = submissions.map((packed, index) => {
    const isNewest = index === submissions.length - 1;
    return { ...unpackSubmission(packed, index + 1), message: isNewest ? (message ?? null) : null };
  });
  return { ...NEW_RECORD, ...rest, submissions: unpacked };
}

function packSubmission({ jobId, code, refusals, charge }: Submission): PackedSubmission {
  if (charge !== null) return [jobId, code, refusals, charge];
  return Object.keys(refusals).length === 0 ? [jobId, code] : [jobId, code, refusals];
}

function unpackSubmission([jobId, code, refusals = {}, charge]: PackedSubmission, number: number) {
  return { number, jobId, code, refusals, charge: charge ?? null };
}

function withoutDefaults(rest: Omit<ItemRecord, 'submissions'>): Partial<Omit<ItemRecord, 'submissions'>> {
  const defaults = new Map<string, unknown>(Object.entries(NEW_RECORD));
  const isDefault = (name: string, value: unknown) => JSON.stringify(defaults.get(name)) === JSON.stringify(value);
  return Object.fromEntries(Object.entries(rest).filter(([name, value]) => !isDefault(name, value)));
}
