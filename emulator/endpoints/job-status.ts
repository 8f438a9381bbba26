import type { RequestFacts } from '../faults/rule-book';
import type { AnswerAction, StatusAction, StatusFault } from '../faults/rules';
import { withoutJobId } from '../faults/submit-faults';
import { type Answer, errorAnswer, json, type Reply } from '../http/answer';
import type { Job } from '../jobs/job';
import { type JobStatusResponse, statusBody } from '../jobs/status-body';
import type { Role } from '../media/results';
import type { World } from '../world';
import type { Endpoint } from './endpoint';
import { ENDPOINTS } from './endpoints';

const STATUS_FAULT_REPLIES: Readonly<Record<StatusFault, (answer: Answer) => Reply>> = {
  reset: (answer) => ({ answer, wire: 'reset' }),
  hang: (answer) => ({ answer, wire: 'hang' }),
  garbage: (answer) => ({ answer, wire: 'garbage' }),
  'half-body': (answer) => ({ answer, wire: 'half-body' }),
  'no-job-id': (answer) => ({ answer: withoutJobId(answer) }),
};

/** Answers a status read. Only the key that submitted a job may read it. */
export function readStatus(world: World, endpoint: Endpoint, key: string, jobId: string): Reply {
  const job = world.book.find(jobId);
  if (job === undefined || job.key !== key || job.endpoint !== endpoint.path) {
    return { answer: errorAnswer(404, 'NOT_FOUND', `There is no job ${jobId}.`) };
  }
  world.book.updateTally(job, ({ statusReads }) => ({ statusReads: statusReads + 1, lastReadAt: world.now() }));
  const answer = json(200, currentStatus(world, job));
  const hit = world.rules.find('status', requestFacts(job));
  if (hit === null) return { answer };
  hit.use();
  return scripted(world, hit.action, answer);
}

export function currentStatus(world: World, job: Job): JobStatusResponse {
  const price = ENDPOINTS.find(({ path }) => path === job.endpoint)?.price ?? 0;
  return statusBody(job, price, world.now(), (role) => resultLink(world, job, role));
}

/** Creates a link that is valid from now for the lifetime of results. */
export function resultLink(world: World, job: Job, role: Role): string {
  return world.baseUrl + world.signer.link(fileName(job, role), world.now() + world.settings.resultTtlMs);
}

/** Separates job and role; no id of a job contains it. */
const ROLE_SEPARATOR = '.';

/** Names a file of a job, in links and in the cache. */
export function fileName({ id }: Job, role: Role): string {
  return role === 'result' ? id : `${id}${ROLE_SEPARATOR}${role}`;
}

/** The job and the role in the name of a file. */
export function parseFileName(file: string): { readonly jobId: string; readonly role: string } {
  const [jobId = '', role = 'result'] = file.split(ROLE_SEPARATOR);
  return { jobId, role };
}

export function requestFacts({ operation, request: { prompt, seed, inputs } }: Job): RequestFacts {
  return { operation, prompt, seed, inputs };
}

/** The answer of a rule instead of the regular one. */
export function scriptedAnswer(
  world: World,
  stage: 'upload' | 'status' | 'result',
  { status, body = {}, headers, delayMs = 0 }: AnswerAction,
): Reply {
  world.counters.fault(`${stage}:${status}`);
  return { answer: json(status, body, headers), delayMs };
}

function scripted(world: World, action: StatusAction, answer: Answer): Reply {
  if ('status' in action) return scriptedAnswer(world, 'status', action);
  if ('delayMs' in action) return { answer, delayMs: action.delayMs };
  world.counters.fault(`status:${action.fault}`);
  return STATUS_FAULT_REPLIES[action.fault](answer);
}
