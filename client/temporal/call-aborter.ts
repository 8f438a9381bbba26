/** Calls that were under way when their connection was closed by us. */
import {
  InterceptingCall,
  type InterceptingListener,
  type Interceptor,
  ListenerBuilder,
  type Metadata,
  RequesterBuilder,
  status,
} from '@grpc/grpc-js';
import { defaultGrpcRetryOptions, isGrpcServiceError, makeGrpcRetryInterceptor } from '@temporalio/client';

/** What is wrapped by an intercepting call. */
type Call = ConstructorParameters<typeof InterceptingCall>[0];

const CLOSED = 'the client was closed';

/**
 * Those of one connection. The SDK waits for long answers of up to a minute, which closing a connection lets go on; and it
 * makes a call again that was lost, by a timer. On a connection that we have closed the attempt throws in that timer, past
 * everybody who waits, and ends the process: behind the retries, it is made a call that fails.
 */
export class CallAborter {
  readonly interceptors: Interceptor[] = [
    makeGrpcRetryInterceptor(defaultGrpcRetryOptions()),
    (options, nextCall) => this.#follow(() => nextCall(options)),
  ];
  readonly #underWay = new Set<Call>();

  /** To be called before the connection is closed. */
  end(): void {
    for (const call of this.#underWay) call.cancelWithStatus(status.CANCELLED, CLOSED);
  }

  #follow(begin: () => Call): InterceptingCall {
    try {
      const call = begin();
      this.#underWay.add(call);
      const listener = new ListenerBuilder()
        .withOnReceiveStatus((end, next) => {
          this.#underWay.delete(call);
          next(end);
        })
        .build();
      const requester = new RequesterBuilder()
        .withStart((metadata, _listener, next) => next(metadata, listener))
        .build();
      return new InterceptingCall(call, requester);
    } catch {
      // All that it can say is that its channel has been shut down.
      return new InterceptingCall(new DetachedCall());
    }
  }
}

/** Whether a call failed because its client had been closed, whatever that is wrapped in. */
export function wasClosed(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const isItself = isGrpcServiceError(error) && error.code === status.CANCELLED && error.details === CLOSED;
  return isItself || wasClosed(error.cause);
}

/** Fails as soon as it has begun. */
class DetachedCall implements Call {
  start(metadata: Metadata, listener?: Partial<InterceptingListener>): void {
    setImmediate(() => {
      listener?.onReceiveMessage?.(null);
      listener?.onReceiveStatus?.({ code: status.CANCELLED, details: CLOSED, metadata });
    });
  }

  getPeer(): string {
    return 'nobody';
  }

  getAuthContext(): null {
    return null;
  }

  cancelWithStatus(): void {
    // It ends by itself.
  }

  sendMessageWithContext(): void {
    // Nobody reads it.
  }

  sendMessage(): void {
    // Nobody reads it.
  }

  startRead(): void {
    // There is nothing to read.
  }

  halfClose(): void {
    // There is nothing to close.
  }
}
