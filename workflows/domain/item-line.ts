import type { ItemLine, ItemReport } from './item';

const NO_RESULT = { file: null, sha256: null, bytes: null, mimeType: null, width: null, height: null };

/** How an item ended, flat, as results are listed and printed. */
export function lineOf(key: string, { outcome, result, jobId, code, message, submissions }: ItemReport): ItemLine {
  return {
    key,
    outcome,
    ...(result ?? NO_RESULT),
    jobId,
    code,
    message,
    submissions: submissions.map(({ jobId: job, code: met, refusals, charge }) => ({
      jobId: job,
      code: met,
      refusals,
      ...(charge === null ? {} : { charge }),
    })),
  };
}
