/** Sends notifications, signed by the Standard Webhooks scheme. */
import { Webhook } from 'standardwebhooks';
import { DELIVERY_TIMEOUT_MS, judgeAnswer } from '../../workflows/domain/notifications/delivery';
import type { NotificationEvent } from '../../workflows/domain/notifications/notification';
import { describeProblem } from '../imagepipeline/api';
import { PrivateAddress } from '../imagepipeline/private-addresses';
import { readText } from '../imagepipeline/read-body';
import { parseRetryAfter } from '../imagepipeline/retry-after';
import { type HttpResponse, NothingSent, readHeader, type Transport } from '../imagepipeline/transport';
import { withDeadline } from '../running/with-deadline';
import type { NotificationSettings } from './settings';

/**
 * Maximum exchanges at once, a tenth of the default number of activities of a worker: receivers that do not answer must not
 * keep it from paid work.
 */
const MAX_EXCHANGES = 50;

/** What came of one attempt. Texts have no address and nothing of the receiver's answer but its status. */
export type SentNotification =
  | { readonly kind: 'delivered'; readonly answer: string }
  | { readonly kind: 'refused'; readonly answer: string }
  | { readonly kind: 'undelivered'; readonly answer: string; readonly retryAfterMs?: number | undefined }
  /** Too many are being sent; this one was not. */
  | { readonly kind: 'busy' };

/** How much later than the timeout of an exchange it is given up in any case, in ms. */
const GRACE_MS = 2_000;

interface SenderOptions extends NotificationSettings {
  readonly send: Transport;
  /** Current time, in ms since the epoch. Default: the system's. */
  readonly now?: () => number;
}

const NO_SECRET =
  'this worker cannot sign: set IMAGEPIPELINE_NOTIFY_SECRET for every worker, and the notification is delivered then';
const PRIVATE =
  'the receiver has an address of a private network; IMAGEPIPELINE_ALLOW_PRIVATE_NOTIFICATIONS=on allows it';

/** Makes attempts to deliver notifications. */
export class NotificationSender {
  private readonly webhooks: readonly Webhook[];
  private exchanges = 0;

  constructor(private readonly options: SenderOptions) {
    this.webhooks = options.secrets.map((secret) => new Webhook(secret));
  }

  /** Makes one attempt. Throws only if `signal` was aborted. */
  async send(url: string, event: NotificationEvent, signal: AbortSignal): Promise<SentNotification> {
    if (this.webhooks.length === 0) return { kind: 'undelivered', answer: NO_SECRET };
    if (this.exchanges >= MAX_EXCHANGES) return { kind: 'busy' };
    this.exchanges += 1;
    try {
      return await this.exchange(url, event, signal);
    } finally {
      this.exchanges -= 1;
    }
  }

  private async exchange(url: string, event: NotificationEvent, signal: AbortSignal): Promise<SentNotification> {
    const { send, allowPrivate, now = Date.now } = this.options;
    const body = JSON.stringify(event);
    const headers = { 'content-type': 'application/json', 'user-agent': USER_AGENT, ...this.sign(event.id, body) };
    const request = { method: 'POST', url, headers, body, timeoutMs: DELIVERY_TIMEOUT_MS, signal } as const;
    const post = async () => {
      const response = await send({ ...request, isPublicOnly: !allowPrivate });
      await discard(response);
      return judge(response, now());
    };
    try {
      // An abort may not reach an exchange whose connection is lost again and again before anything is sent.
      return await withDeadline('the exchange', DELIVERY_TIMEOUT_MS + GRACE_MS, post());
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof NothingSent && error.cause instanceof PrivateAddress)
        return { kind: 'refused', answer: PRIVATE };
      return { kind: 'undelivered', answer: describeProblem(error) };
    }
  }

  /** Each secret signs, which lets receivers change theirs one after the other. */
  private sign(id: string, body: string): Readonly<Record<string, string>> {
    const sentAt = new Date(this.options.now?.() ?? Date.now());
    return {
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(sentAt.getTime() / 1_000)),
      'webhook-signature': this.webhooks.map((webhook) => webhook.sign(id, sentAt, body)).join(' '),
    };
  }
}

const USER_AGENT = 'imagepipeline-temporal';

function judge(response: HttpResponse, now: number): SentNotification {
  const { status } = response;
  const verdict = judgeAnswer(status);
  if (verdict === 'delivered') return { kind: 'delivered', answer: `HTTP ${status}` };
  if (verdict === 'gone') return { kind: 'refused', answer: `HTTP ${status}: the receiver is gone` };
  const isRedirect = status >= 300 && status < 400;
  const answer = isRedirect ? `HTTP ${status}: redirects are not followed` : `HTTP ${status}`;
  return { kind: 'undelivered', answer, retryAfterMs: parseRetryAfter(readHeader(response, 'retry-after'), now) };
}

/** Reads the answer to its end, which frees the connection. What it says does not matter, nor whether it breaks off. */
async function discard({ body }: HttpResponse): Promise<void> {
  await readText(body).catch(() => undefined);
}
