import type { Reply } from '../http/answer';
import type { PostRecord } from './ledger';

/** What is known about a POST before its answer is sent. */
type Decided = Pick<PostRecord, 'at' | 'prompt' | 'inputs' | 'jobId'>;

/** Records every POST and how much of its answer was sent, which a client cannot know. */
export class PostBook {
  readonly #posts: PostRecord[] = [];

  /** Returns the reply, observed until it is sent. */
  add(decided: Decided, reply: Reply): Reply {
    const { answer, wire } = reply;
    const named = wire === undefined && isRecordWithJob(answer.body);
    const isProviderError = wire === undefined && isErrorOfProvider(answer.body);
    const status = wire === undefined ? answer.status : null;
    const index = this.#posts.push({ ...decided, status, named, isProviderError, whole: null }) - 1;
    return { ...reply, onSent: (whole) => this.#sent(index, whole) };
  }

  entries(): readonly PostRecord[] {
    return [...this.#posts];
  }

  #sent(index: number, whole: boolean): void {
    const post = this.#posts[index];
    if (post !== undefined) this.#posts[index] = { ...post, whole };
  }
}

function isErrorOfProvider(body: unknown): boolean {
  return typeof body === 'object' && body !== null && ('detail' in body || 'error_code' in body);
}

function isRecordWithJob(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'job_id' in body && typeof body.job_id === 'string';
}
