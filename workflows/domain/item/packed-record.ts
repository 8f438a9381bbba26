/**
 * A compact record for continue-as-new: a page carries hundreds in one payload of 2 MB. All codes and job ids are kept,
 * but only the newest message.
 */
import type { CodeCounts } from '../failures/failures';
import type { Charge, Submission } from './item';
import { countSubmissions, type FinishedStep, type ItemRecord, NEW_RECORD } from './item-record';

/** Job id, code, refusals, charge; trailing empty values are omitted. */
type PackedSubmission = readonly [string | null, string | null, CodeCounts?, Charge?];

export interface PackedRecord extends Partial<Omit<ItemRecord, 'submissions' | 'finished'>> {
  readonly submissions: readonly PackedSubmission[];
  /** Default: none. */
  readonly finished?: readonly PackedStep[];
  /** Message of the newest submission. */
  readonly message?: string;
}

interface PackedStep extends Omit<FinishedStep, 'submissions'> {
  readonly submissions: readonly PackedSubmission[];
}

/** Maximum length, in characters. */
const MAX_MESSAGE_LENGTH = 200;

export function packRecord({ submissions, finished, ...rest }: ItemRecord): PackedRecord {
  const message = submissions.at(-1)?.message?.slice(0, MAX_MESSAGE_LENGTH);
  const steps = finished.map((step) => ({ ...step, submissions: step.submissions.map(packSubmission) }));
  return {
    ...withoutDefaults(rest),
    ...(steps.length === 0 ? {} : { finished: steps }),
    submissions: submissions.map(packSubmission),
    ...(message === undefined ? {} : { message }),
  };
}

export function unpackRecord({ submissions, finished = [], message, ...rest }: PackedRecord): ItemRecord {
  const steps: FinishedStep[] = [];
  for (const { submissions: packed, ...step } of finished) {
    const before = countSubmissions({ finished: steps, submissions: [] });
    steps.push({ ...step, submissions: packed.map((one, index) => unpackSubmission(one, before + index + 1)) });
  }
  const before = countSubmissions({ finished: steps, submissions: [] });
  const unpacked = submissions.map((packed, index) => {
    const isNewest = index === submissions.length - 1;
    return { ...unpackSubmission(packed, before + index + 1), message: isNewest ? (message ?? null) : null };
  });
  return { ...NEW_RECORD, ...rest, finished: steps, submissions: unpacked };
}

function packSubmission({ jobId, code, refusals, charge }: Submission): PackedSubmission {
  if (charge !== null) return [jobId, code, refusals, charge];
  return Object.keys(refusals).length === 0 ? [jobId, code] : [jobId, code, refusals];
}

function unpackSubmission([jobId, code, refusals = {}, charge]: PackedSubmission, number: number): Submission {
  return { number, jobId, code, message: null, refusals, charge: charge ?? null };
}

type Rest = Omit<ItemRecord, 'submissions' | 'finished'>;

function withoutDefaults(rest: Rest): Partial<Rest> {
  const defaults = new Map<string, unknown>(Object.entries(NEW_RECORD));
  const isDefault = (name: string, value: unknown) => JSON.stringify(defaults.get(name)) === JSON.stringify(value);
  return Object.fromEntries(Object.entries(rest).filter(([name, value]) => !isDefault(name, value)));
}
