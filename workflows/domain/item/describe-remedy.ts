/** What a person should do about a code. Pure. */
import { getFailureRow } from '../failures/failures';
import { toRow } from '../failures/fault';
import { holdRemedy } from '../failures/hold-codes';
import { DEFAULT_OPERATION } from '../operations/operations';
import type { Outcome } from './item';

/** What is known about the subject of a remedy. */
interface RemedySubject {
  readonly jobId?: string | null;
  /** The item's id. */
  readonly id?: string;
  /** The item's outcome. */
  readonly outcome?: Outcome;
  readonly operation?: string | null;
  /** Its steps, if it has several. */
  readonly steps?: readonly unknown[];
}

const FETCH = 'Fetch its job, which costs nothing: "imagepipeline rescue JOB --id ID".';
const LOOK_AGAIN = 'If its job has become known since, this fetches it: "imagepipeline RUN --id ID --again".';
const SUBMIT_AGAIN =
  'To submit it again, which may be a second payment: "imagepipeline RUN --id ID --again --allow-unknown".';

function withoutFetch(remedy: string): string {
  return remedy
    .split(/(?<=\.) (?=[A-Z])/)
    .filter((sentence) => !sentence.includes(' rescue JOB'))
    .join(' ');
}

/** Commands contain the operation, and job and item ids, where known. */
export function describeRemedy(code: string, subject: RemedySubject = {}): string {
  const { jobId, id, outcome } = subject;
  const remedy = holdRemedy(code) ?? getFailureRow(toRow(code)).remedy;
  const fetch = remedy.includes(' rescue JOB') ? [] : [FETCH];
  const look = jobId === null || jobId === undefined ? [LOOK_AGAIN] : [];
  const sentences = outcome === 'unknown' ? [remedy, ...fetch, ...look, SUBMIT_AGAIN] : [remedy];
  // If nothing was accepted, there is no job to fetch.
  const wanted = jobId === null && outcome === 'failed' ? sentences.map(withoutFetch) : sentences;
  return wanted
    .join(' ')
    .replace(/rescue JOB --id ID\b/g, toFetchCommand(subject))
    .replace(/\bRUN --id\b/g, `${toRunCommand(subject)} --id`)
    .replace(/\bJOB\b/g, jobId ?? 'JOB')
    .replace(/--id ID\b/g, `--id ${id ?? 'ID'}`);
}

/** A job id does not name its step, but the store records it. */
function toFetchCommand({ operation, steps }: RemedySubject): string {
  if (steps !== undefined) return `${RUN_RECIPE} --id ID --again`;
  const isOther = operation !== undefined && operation !== null && operation !== DEFAULT_OPERATION;
  return isOther ? `rescue JOB --operation ${operation} --id ID` : 'rescue JOB --id ID';
}

const RUN_RECIPE = 'run --recipe FILE';

function toRunCommand({ operation, steps }: RemedySubject): string {
  if (steps !== undefined) return RUN_RECIPE;
  return operation === DEFAULT_OPERATION ? 'generate PROMPT' : `run ${operation ?? 'OPERATION'}`;
}
