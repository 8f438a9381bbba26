import { createHash, randomBytes } from 'node:crypto';
import type { ProviderFailureCode } from '../../workflows/domain/failures/failures';
import { DirectiveCounts } from '../faults/directive-counts';
import type { Hit, RequestFacts } from '../faults/rule-book';
import type { JobAction, SubmitAction } from '../faults/rules';
import { findRefusable, type RefusableCode } from '../faults/scenarios';
import { isBeforeAccept, SUBMIT_FAULT_REPLIES } from '../faults/submit-faults';
import { type Answer, json, type Reply, refusalAnswer, validationAnswer } from '../http/answer';
import { parseBody, type RawBody } from '../http/body';
import type { Account } from '../jobs/account';
import type { Job } from '../jobs/job';
import { planJob, planOverLimit } from '../jobs/plan';
import { draw } from '../random';
import type { World } from '../world';
import { POLICY_MESSAGE, violatesPolicy } from './content-policy';
import type { Endpoint } from './endpoint';
import type { Input, JobRequest, ParsedRequest } from './job-request';

interface Submission extends RequestFacts {
  readonly endpoint: Endpoint;
  readonly account: Account;
  readonly request: JobRequest;
  /** Whether every input could be read. */
  readonly isReadable: boolean;
  readonly bodySha256: string;
  /** The code that a directive in the prompt requests. */
  readonly directed: ProviderFailureCode | null;
}

/** One POST with a valid key. */
interface Post {
  readonly endpoint: Endpoint;
  readonly key: string;
  readonly body: RawBody;
  readonly parsed: ParsedRequest;
  /** Whether every input could be read. */
  readonly isReadable: boolean;
}

/** Decides the outcome of a POST to a compute endpoint. */
export class Submissions {
  readonly #directives: DirectiveCounts;

  constructor(
    private readonly world: World,
    private readonly onAccepted: (job: Job) => void,
  ) {
    this.#directives = new DirectiveCounts(world.book.jobs);
  }

  async submit(endpoint: Endpoint, key: string, body: RawBody): Promise<Reply> {
    const parsed = parseBody(endpoint, body);
    // Inputs are fetched first, because everything afterwards is decided at one moment.
    const isReadable = await this.#fetchAll(parsed.ok ? parsed.request.inputs : []);
    return this.#record({ endpoint, key, body, parsed, isReadable });
  }

  async #fetchAll(inputs: readonly Input[]): Promise<boolean> {
    const fetched = await Promise.all(inputs.map((input) => this.world.inputs.fetch(input)));
    return fetched.every((isRead) => isRead);
  }

  #record(post: Post): Reply {
    const before = this.world.book.size;
    const reply = this.#reply(post);
    const job = this.world.book.size > before ? this.world.book.newest : undefined;
    const { parsed } = post;
    const { prompt } = parsed.ok ? parsed.request : parsed;
    const inputs = parsed.ok ? parsed.request.inputs.map(({ url }) => url) : [];
    return this.world.posts.add({ at: this.world.now(), prompt, inputs, jobId: job?.id ?? null }, reply);
  }

  #reply(post: Post): Reply {
    const { limits, book } = this.world;
    const { parsed } = post;
    const account = book.account(post.key);
    const waitMs = account.takeToken(this.world.now(), limits.submitsPerSecond);
    if (waitMs > 0) return this.#refuse('RATE_LIMIT_EXCEEDED', limits.retryAfter ? retryAfter(waitMs) : {});
    if (!parsed.ok) return this.#refused('VALIDATION', validationAnswer(parsed.problems));
    return this.#decide(this.#submission(post, account, parsed.request));
  }

  #submission({ endpoint, body, isReadable }: Post, account: Account, request: JobRequest): Submission {
    const { operation } = endpoint;
    const { prompt, seed, inputs } = request;
    const bodySha256 = createHash('sha256').update(body.bytes).digest('hex');
    const directed = this.#directives.due(account.key, operation, request);
    return { endpoint, account, operation, prompt, seed, inputs, request, bodySha256, directed, isReadable };
  }

  #decide(submission: Submission): Reply {
    const hit = this.world.rules.find('submit', submission);
    return (
      (hit === null ? this.#directedRefusal(submission) : this.#scriptedRefusal(hit)) ??
      this.#limitRefusal(submission) ??
      this.#accept(submission, hit)
    );
  }

  /** The answer of a rule that prevents the job. */
  #scriptedRefusal({ action, use }: Hit<SubmitAction>): Reply | null {
    if ('refuse' in action) {
      use();
      return this.#refuse(action.refuse);
    }
    if ('status' in action) {
      if (action.accepted === true) return null;
      use();
      this.world.counters.fault(`submit:${action.status}`);
      return late(action, this.#refused('SCRIPTED', json(action.status, action.body ?? {}, action.headers)));
    }
    if (!('fault' in action) || !isBeforeAccept(action.fault)) return null;
    use();
    return late(action, this.#faulty(action.fault, json(200, {})));
  }

  #directedRefusal(submission: Submission): Reply | null {
    const code = submission.directed === null ? null : findRefusable(submission.directed);
    if (code === null) return null;
    this.#directives.count(submission.account.key, submission.operation, submission.request);
    return this.#refuse(code);
  }

  #limitRefusal({ account, endpoint }: Submission): Reply | null {
    const credits = account.credits(this.world.now()) ?? endpoint.price;
    if (credits < endpoint.price) return this.#refuse('INSUFFICIENT_CREDITS');
    const refuses = this.world.limits.limitMode === 'refuse';
    return refuses && this.#isFull(account) ? this.#refuse('CONCURRENT_JOBS_EXCEEDED') : null;
  }

  /** Whether every place is taken, by the account's own jobs or by foreign ones. */
  #isFull(account: Account): boolean {
    const { maxConcurrentJobs, foreignJobs } = this.world.limits;
    return maxConcurrentJobs !== null && account.inFlight(this.world.now()) + foreignJobs >= maxConcurrentJobs;
  }

  #accept(submission: Submission, hit: Hit<SubmitAction> | null): Reply {
    const job = this.#job(submission);
    this.world.book.accept(job);
    this.#directives.count(job.key, job.operation, job.request);
    this.onAccepted(job);
    const answer = queuedAnswer(job);
    hit?.use();
    return hit === null ? { answer } : this.#acceptedReply(hit.action, answer);
  }

  /** The answer for a created job, as the rule requests. */
  #acceptedReply(action: SubmitAction, answer: Answer): Reply {
    if ('refuse' in action) return { answer };
    if ('fault' in action) return late(action, this.#faulty(action.fault, answer));
    if (!('status' in action)) return late(action, { answer });
    this.world.counters.fault(`submit:${action.status}-after-accept`);
    return late(action, { answer: json(action.status, action.body ?? {}, action.headers) });
  }

  #job(submission: Submission): Job {
    const { settings, book, limits } = this.world;
    const { account, endpoint, request, bodySha256 } = submission;
    const now = this.world.now();
    const isOver = this.#isFull(account);
    const number = book.size;
    return {
      // Never repeated, even with the same seed: two runs must not mistake each other's jobs for their own.
      id: `job_${randomBytes(8).toString('hex')}`,
      key: account.key,
      endpoint: endpoint.path,
      operation: endpoint.operation,
      bodySha256,
      request,
      drawnSeed: request.seed >= 0 ? request.seed : Math.floor(draw('seed', settings.seed, number) * 2 ** 31),
      acceptedAt: now,
      plan: isOver
        ? planOverLimit(now, limits.queueWaitMs)
        : planJob({
            ...{ now, limits, seed: settings.seed, number, durationFactor: endpoint.durationFactor },
            action: this.#jobAction(submission),
          }),
      holdsPlace: !isOver,
      reserved: account.credits(now) === null ? null : endpoint.price,
    };
  }

  #jobAction(submission: Submission): JobAction | null {
    const hit = this.world.rules.find('job', submission);
    hit?.use();
    if (hit !== null) return hit.action;
    if (submission.directed !== null) return { failJob: submission.directed };
    if (!submission.isReadable) return { failJob: 'INPUT_INVALID', message: UNREADABLE_MESSAGE };
    return violatesPolicy(submission.prompt) ? { failJob: 'INPUT_INVALID', message: POLICY_MESSAGE } : null;
  }

  #faulty(fault: keyof typeof SUBMIT_FAULT_REPLIES, answer: Answer): Reply {
    this.world.counters.fault(`submit:${fault}`);
    return SUBMIT_FAULT_REPLIES[fault](answer);
  }

  #refuse(code: RefusableCode, headers: Readonly<Record<string, string>> = {}): Reply {
    return this.#refused(code, refusalAnswer(code, headers));
  }

  #refused(code: string, answer: Answer): Reply {
    this.world.refuse(code);
    return { answer };
  }
}

const UNREADABLE_MESSAGE = 'An input could not be fetched or decoded.';

function late({ delayMs }: { readonly delayMs?: number }, reply: Reply): Reply {
  return delayMs === undefined ? reply : { ...reply, delayMs };
}

function retryAfter(waitMs: number): Readonly<Record<string, string>> {
  return { 'retry-after': String(Math.ceil(waitMs / 1_000)) };
}

function queuedAnswer(job: Job): Answer {
  const { startsAt, endsAt } = job.plan;
  const expectedMs = (endsAt ?? startsAt ?? job.acceptedAt) - job.acceptedAt;
  return json(200, {
    job_id: job.id,
    status: 'queued',
    endpoint: job.endpoint,
    estimated_time_seconds: Math.ceil(expectedMs / 1_000),
    queued_at: new Date(job.acceptedAt).toISOString(),
  });
}
