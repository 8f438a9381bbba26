/** Receives the callbacks of a live check on a port of this machine. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { isObject } from '../../../workflows/domain/base/is-object';
import { getOwn } from '../../../workflows/domain/base/own-value';
import { parseJson, readText } from '../read-body';
import { type CallbackFacts, describeShape } from './evidence';

/** How long a callback may arrive after its job has ended, in ms: three attempts with pauses of 1 s and 2 s, and more. */
const PATIENCE_MS = 15_000;
const LOOK_INTERVAL_MS = 100;

interface Delivery {
  readonly at: number;
  readonly contentType: string | null;
  readonly body: unknown;
}

/** A callback that a job was asked to send. */
interface ExpectedCallback {
  readonly url: string;
  /** Waits for the callback; `null` if none arrives within 15 s. `endedAt` is in ms since the epoch. */
  describe(jobId: string, endedAt: number): Promise<CallbackFacts | null>;
}

/** An HTTP server for the callbacks of the jobs of one live check. */
export class CallbackListener {
  private readonly deliveries = new Map<string, Delivery[]>();

  private constructor(
    private readonly server: Server,
    private readonly publicUrl: string,
  ) {
    server.on('request', (request, response) => {
      this.receive(request).then(
        () => response.writeHead(204).end(),
        // The provider repeats a callback whose body broke off.
        () => response.writeHead(400).end(),
      );
    });
  }

  /** @param publicUrl address from which the provider's requests are forwarded to `port` */
  static async listen(publicUrl: string, port: number): Promise<CallbackListener> {
    const server = createServer();
    server.listen(port);
    await once(server, 'listening');
    return new CallbackListener(server, publicUrl.replace(/\/+$/, ''));
  }

  expect(): ExpectedCallback {
    const path = `/${randomBytes(16).toString('hex')}`;
    const deliveries: Delivery[] = [];
    this.deliveries.set(path, deliveries);
    return {
      url: this.publicUrl + path,
      describe: async (jobId, endedAt) => {
        const giveUpAt = Date.now() + PATIENCE_MS;
        while (deliveries.length === 0 && Date.now() < giveUpAt) await sleep(LOOK_INTERVAL_MS);
        return describeDeliveries(deliveries, jobId, endedAt);
      },
    };
  }

  async close(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }

  private async receive(request: IncomingMessage): Promise<void> {
    const at = Date.now();
    const body = parseJson(await readText(request));
    const contentType = request.headers['content-type'] ?? null;
    const [path = ''] = (request.url ?? '').split('?');
    const known = [...this.deliveries].find(([expected]) => path.endsWith(expected));
    known?.[1].push({ at, contentType, body });
  }
}

function describeDeliveries(deliveries: readonly Delivery[], jobId: string, endedAt: number): CallbackFacts | null {
  const [first] = deliveries;
  if (first === undefined) return null;
  const { at, contentType, body } = first;
  const namesJob = isObject(body) && getOwn(body, 'job_id') === jobId;
  return { deliveries: deliveries.length, afterEndMs: at - endedAt, contentType, shape: describeShape(body), namesJob };
}
