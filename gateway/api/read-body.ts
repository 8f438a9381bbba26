/** Reads request bodies chunk by chunk, with a size limit and a minimum rate. */
import type { IncomingMessage } from 'node:http';
import { ApiProblem } from './problem';

/** The minimum rate: bytes per window. A slower request is ended. */
export interface BodyPace {
  readonly minBytes: number;
  readonly windowMs: number;
}

/** About 1 KB/s, slower than any useful link. Prevents a body of a byte a minute from occupying a slot forever. */
export const DEFAULT_BODY_PACE: BodyPace = { minBytes: 64 * 1024, windowMs: 60_000 };

export interface BodyBounds {
  readonly maxBytes: number;
  /** The remedy for a larger body. Default: the remedy of the code. */
  readonly tooLargeRemedy?: string;
  readonly pace: BodyPace;
}

/**
 * Yields the chunks of a body. If the consumer stops early, the connection stays open for the answer.
 *
 * @throws ApiProblem BODY_TOO_LARGE, BODY_TOO_SLOW, or MALFORMED_BODY if the body is incomplete
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
      ? new ApiProblem('MALFORMED_BODY', 'the body is incomplete')
      : error;
  } finally {
    watch.end();
  }
}

/** @throws the errors of `readBody` */
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
      // Buffered data is our delay, not the caller's.
      const isSlow = raw.readableLength === 0 && now - before < minBytes;
      before = now;
      if (isSlow)
        reject(new ApiProblem('BODY_TOO_SLOW', `less than ${minBytes} bytes arrived within ${windowMs / 1_000} s`));
    };
    // Check after pending input was read, in case this process was paused.
    timer = setInterval(() => setImmediate(judge), windowMs);
  });
  // Handled by the pending read; between two chunks there is none.
  tooSlow.catch(() => undefined);
  return { tooSlow, end: () => clearInterval(timer) };
}
