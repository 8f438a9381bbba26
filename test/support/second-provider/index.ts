/**
 * A second provider, written from the published facts alone and apart from the emulator, so that what holds against both
 * does not hang on how one of them was understood. Where the facts leave something open it does the other thing: jobs are
 * UUIDs, money is USD, a missing balance is a 400 or a failed job, states go from `queued` to `processing`.
 */
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import sharp from 'sharp';
import {
  type Answer,
  callbackEvent,
  ENDPOINT,
  NO_BALANCE,
  queuedAnswer,
  readOrder,
  statusAnswer,
  UNKNOWN_JOB,
  WRONG_KEY,
} from './answers';
import { Books, type Job, type Ledger, type WhenShort } from './books';
import { deliver } from './callbacks';

export interface SecondProviderOptions {
  /** How long a job takes, in ms. Default 50. */
  readonly jobMs?: number;
  /** Default `refused`. */
  readonly whenShort?: WhenShort;
  /** Images that are paid for; `null`: without end, which is the default. */
  readonly credits?: number | null;
  /** How long the address of a result works, in ms. Default one minute. */
  readonly linkMs?: number;
}

export interface SecondProvider {
  /** Without a slash at the end. */
  readonly url: string;
  readonly apiKey: string;
  ledger(): Ledger;
  /** How many images are paid for from now on; `null`: without end. */
  setCredits(images: number | null): void;
  close(): Promise<void>;
}

const STATUS_PATH = new RegExp(`^${ENDPOINT}/status/([^/]+)$`);
const RESULT_PATH = /^\/o\/([^/.]+)\.\w+$/;

export async function startSecondProvider(options: SecondProviderOptions = {}): Promise<SecondProvider> {
  const provider = new Provider(options);
  const server = createServer((request, response) => {
    provider.answer(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  provider.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: provider.url,
    apiKey: provider.apiKey,
    ledger: () => provider.books.ledger(),
    setCredits: (images) => provider.books.setCredits(images),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await provider.close();
    },
  };
}

class Provider {
  url = '';
  readonly apiKey = `ip_live_${randomBytes(12).toString('hex')}`;
  readonly books: Books;
  private readonly secret = randomBytes(32);
  private readonly jobMs: number;
  private readonly linkMs: number;
  private readonly ending = new AbortController();
  private readonly deliveries = new Set<Promise<void>>();

  constructor({ jobMs = 50, whenShort = 'refused', credits = null, linkMs = 60_000 }: SecondProviderOptions) {
    this.jobMs = jobMs;
    this.linkMs = linkMs;
    this.books = new Books({ jobMs, whenShort, credits, onEnd: (job) => this.callBack(job) });
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', this.url);
    const result = RESULT_PATH.exec(pathname)?.[1];
    if (result !== undefined) return this.sendResult(result, searchParams, response);
    const body = await text(request);
    const isKnown = request.headers['x-api-key'] === this.apiKey;
    const { status, body: answer } = isKnown ? this.route(request.method ?? '', pathname, body) : WRONG_KEY;
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  }

  async close(): Promise<void> {
    this.books.close();
    this.ending.abort();
    await Promise.all(this.deliveries);
  }

  private route(method: string, path: string, body: string): Answer {
    if (method === 'POST' && path === ENDPOINT) return this.submit(body);
    const job = this.books.find(STATUS_PATH.exec(path)?.[1] ?? '');
    if (method !== 'GET' || job === null) return UNKNOWN_JOB;
    job.statusReads += 1;
    return statusAnswer(job, this.linkTo(job), this.books.creditsLeft);
  }

  private submit(body: string): Answer {
    this.books.submits += 1;
    const order = readOrder(body);
    if ('status' in order) return order;
    const job = this.books.accept(order);
    return job === null ? NO_BALANCE : queuedAnswer(job, this.jobMs);
  }

  /** Works for a while, and is another one at each read. */
  private linkTo({ jobId, format }: Job): string {
    const expires = String(Date.now() + this.linkMs);
    const sig = this.sign(jobId, expires);
    return `${this.url}/o/${jobId}.${format}?${new URLSearchParams({ expires, sig })}`;
  }

  private sign(jobId: string, expires: string): string {
    return createHmac('sha256', this.secret).update(`${jobId} ${expires}`).digest('base64url');
  }

  private async sendResult(jobId: string, query: URLSearchParams, response: ServerResponse): Promise<void> {
    const expires = query.get('expires') ?? '';
    const isSigned = query.get('sig') === this.sign(jobId, expires) && Date.now() < Number(expires);
    const job = this.books.find(jobId);
    if (!isSigned || job?.end?.status !== 'completed') {
      response.writeHead(403, { 'content-type': 'application/xml' }).end('<Error><Code>AccessDenied</Code></Error>');
      return;
    }
    const picture = await draw(job);
    job.downloads += 1;
    response.writeHead(200, { 'content-type': `image/${job.format}`, 'content-length': picture.length }).end(picture);
  }

  private callBack(job: Job): void {
    if (job.callbackUrl === null) return;
    const delivery = this.deliverEvent(job, job.callbackUrl)
      // It is closed while deliveries are owed.
      .catch((error: unknown) => {
        if (!this.ending.signal.aborted) throw error;
      })
      .finally(() => this.deliveries.delete(delivery));
    this.deliveries.add(delivery);
  }

  private async deliverEvent(job: Job, url: string): Promise<void> {
    const event = callbackEvent(job, this.linkTo(job), (await draw(job)).length);
    await deliver(url, event, (status) => job.callbacks.push(status), this.ending.signal);
  }
}

/** One colour for each job, so that no two jobs have the same bytes. */
function draw({ jobId, width, height, format }: Job): Promise<Buffer> {
  const [r = 0, g = 0, b = 0] = createHash('sha256').update(jobId).digest();
  const picture = sharp({ create: { width, height, channels: 3, background: { r, g, b } } });
  return picture.toFormat(format).toBuffer();
}
