import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import type { CallbackRecord } from '../books/ledger';
import { requestFacts, resultLink } from '../endpoints/job-status';
import { mainFile, resultBytes } from '../endpoints/results';
import type { CallbackFault } from '../faults/rules';
import { hasEnded, type Job } from '../jobs/job';
import type { World } from '../world';
import { completedEvent, failedEvent, type WebhookEvent } from './webhook-event';

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;
/** Maximum delay of a timer, in ms. */
const MAX_TIMER_MS = 2 ** 31 - 1;

const CALLBACK_FAULTS_DO: Readonly<Record<CallbackFault, (deliver: () => Promise<void>) => Promise<void>>> = {
  drop: () => Promise.resolve(),
  duplicate: async (deliver) => {
    await deliver();
    await deliver();
  },
};

/** Delivers callbacks when jobs end. */
export class Webhooks {
  readonly #agent = new Agent({ connections: 32 });
  readonly #closing = new AbortController();
  readonly #underWay = new Set<Promise<void>>();

  constructor(private readonly world: World) {
    // Every waiting job listens to the signal, and their number is unbounded.
    setMaxListeners(0, this.#closing.signal);
  }

  /** Delivers the job's callback once the job has ended; does nothing if it has none. */
  watch(job: Job): void {
    const { callbackUrl } = job.request;
    if (callbackUrl === null || job.plan.endsAt === null || job.plan.end.status === 'cancelled') return;
    if (this.world.book.tally(job).callbackDone) return;
    const done = this.#run(job, callbackUrl).finally(() => this.#underWay.delete(done));
    this.#underWay.add(done);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#underWay);
    await this.#agent.destroy();
  }

  async #run(job: Job, url: string): Promise<void> {
    try {
      await this.#untilEnded(job);
      await this.#deliverByRule(job, url);
    } catch (error) {
      // With a state file, deliveries interrupted by closing are made after the next start.
      if (!this.#closing.signal.aborted) throw error;
    }
  }

  async #untilEnded(job: Job): Promise<void> {
    while (!hasEnded(job, this.world.now())) {
      const leftMs = (job.plan.endsAt ?? 0) - this.world.now();
      await this.#wait(Math.min(leftMs, MAX_TIMER_MS));
    }
  }

  async #deliverByRule(job: Job, url: string): Promise<void> {
    const hit = this.world.rules.find('callback', requestFacts(job));
    hit?.use();
    if (hit === null) return this.#deliver(job, url);
    const { action } = hit;
    if ('delayMs' in action) {
      await this.#wait(action.delayMs);
      return this.#deliver(job, url);
    }
    this.world.counters.fault(`callback:${action.fault}`);
    await CALLBACK_FAULTS_DO[action.fault](() => this.#deliver(job, url));
    this.world.book.updateTally(job, () => ({ callbackDone: true }));
  }

  async #deliver(job: Job, url: string): Promise<void> {
    if (!LOOPBACK.test(new URL(url).hostname)) return this.#record(job, 'refused', null, true);
    const { waitsMs } = this.world.settings.webhooks;
    for (const waitMs of [0, ...waitsMs]) {
      await this.#wait(waitMs);
      const event = await this.#event(job);
      const status = event === null ? null : await this.#post(url, event);
      if (status !== null && status >= 200 && status < 300) return this.#record(job, 'delivered', status, true);
      this.#record(job, 'failed', status, false);
    }
    this.world.book.updateTally(job, () => ({ callbackDone: true }));
  }

  /** Returns `null` if the result cannot be made. */
  async #event(job: Job): Promise<WebhookEvent | null> {
    const { end } = job.plan;
    if (end.status !== 'completed') return failedEvent(job, end, this.world.now());
    const file = mainFile(job);
    // A result is made of inputs, which may be gone by now.
    const bytes = await resultBytes(this.world, job, file).catch(() => null);
    if (bytes === null) return null;
    const url = end.withUrl ? resultLink(this.world, job, file.role) : null;
    return completedEvent(job, file, url, bytes.length, this.world.now());
  }

  /** Returns the status of the receiver's answer, `null` if none arrived in time. Redirects are not followed. */
  async #post(url: string, event: WebhookEvent): Promise<number | null> {
    const timeout = AbortSignal.timeout(this.world.settings.webhooks.timeoutMs);
    const options = {
      method: 'POST' as const,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(event),
      dispatcher: this.#agent,
      signal: AbortSignal.any([timeout, this.#closing.signal]),
    };
    try {
      const { statusCode, body } = await request(url, options);
      await body.dump();
      return statusCode;
    } catch {
      // An unreachable or slow receiver is expected; the ledger records a delivery without a status.
      this.#closing.signal.throwIfAborted();
      return null;
    }
  }

  #record(job: Job, outcome: CallbackRecord['outcome'], status: number | null, callbackDone: boolean): void {
    const record = { at: this.world.now(), outcome, status };
    this.world.counters.webhook(outcome);
    this.world.book.updateTally(job, ({ callbacks }) => ({ callbacks: [...callbacks, record], callbackDone }));
  }

  async #wait(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#closing.signal });
  }
}
