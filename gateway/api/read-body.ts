/** Bodies of requests, a chunk at a time: bounded in size, and in time by a least rate. */
import type { IncomingMessage } from 'node:http';
import { ApiProblem } from './problem';

/** Bytes that arrive within each window at least, or the request is ended. */
export interface BodyPace {
  readonly minBytes: number;
  readonly windowMs: number;
}

/** About 1 KB/s: slower than any link that is of use, so that a body of a byte a minute does not hold its place for ever. */
export const DEFAULT_BODY_PACE: BodyPace = { minBytes: 64 * 1024, windowMs: 60_000 };

export interface BodyBounds {
  readonly maxBytes: number;
  /** What a caller can do who has more to send. Default: that of the code. */
  readonly tooLargeRemedy?: string;
  readonly pace: BodyPace;
}

/**
 * The chunks of a body. Whoever stops reading still has the connection to answer on.
 *
 * @throws ApiProblem BODY_TOO_LARGE, BODY_TOO_SLOW, or MALFORMED_BODY where it breaks off
 */
export async function* readBody(raw: IncomingMessage, bounds: BodyBounds): AsyncGenerator<Buffer> {
  const { maxBytes, tooLargeRemedy: remedy, pace } = bounds;
  const chunks = raw.iterator({ destroyOnReturn: false });
  const watch = watchPace(raw, pace);
  let bytes = 0;
  try {
    while (true) {
      const { done, value } = await Promise.race([chunks.next(), watch.tooSlow]);
      if (done) return;
      const chunk = value as Buffer;
      bytes += chunk.length;
      if (bytes > maxBytes) {
        const detail = `the body is larger than ${maxBytes} bytes`;
        throw new ApiProblem('BODY_TOO_LARGE', detail, remedy === undefined ? {} : { remedy });
      }
      yield chunk;
    }
  } catch (error) {
    throw raw.readableAborted && !(error instanceof ApiProblem)
      ? new ApiProblem('MALFORMED_BODY', 'the body broke off')
      : error;
  } finally {
    watch.end();
  }
}

/** @throws as `readBody` */
export async function readWholeBody(raw: IncomingMessage, bounds: BodyBounds): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of readBody(raw, bounds)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

interface PaceWatch {
  /** Rejects with ApiProblem BODY_TOO_SLOW. */
  readonly tooSlow: Promise<never>;
  end(): void;
}

function watchPace(raw: IncomingMessage, { minBytes, windowMs }: BodyPace): PaceWatch {
  let before = raw.socket.bytesRead;
  let timer: NodeJS.Timeout | undefined;
  const tooSlow = new Promise<never>((_resolve, reject) => {
    const judge = () => {
      const now = raw.socket.bytesRead;
      // What has arrived and is not taken yet is our delay, and none of the caller's.
      const isSlow = raw.readableLength === 0 && now - before < minBytes;
      before = now;
      if (isSlow)
        reject(new ApiProblem('BODY_TOO_SLOW', `less than ${minBytes} bytes came within ${windowMs / 1_000} s`));
    };
    // After what has arrived meanwhile was read, should this process have stood still.
    timer = setInterval(() => setImmediate(judge), windowMs);
  });
  // Heard by whoever reads at that moment; between two chunks nobody does.
  tooSlow.catch(() => undefined);
  return { tooSlow, end: () => clearInterval(timer) };
}
