/** Aborts the calls in progress when this client closes their connection. */
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

/** The call that an intercepting call wraps. */
type Call = ConstructorParameters<typeof InterceptingCall>[0];

const CLOSED = 'the client was closed';

/**
 * Aborts the calls of one connection. The SDK's long polls last up to a minute and survive closing a connection. The SDK also
 * retries lost calls from a timer. On a closed connection the retry throws inside the timer, where no caller can catch it,
 * and ends the process. This interceptor, placed behind the retries, makes such a call fail instead.
 */
export class CallAborter {
  readonly interceptors: Interceptor[] = [
    makeGrpcRetryInterceptor(defaultGrpcRetryOptions()),
    (options, nextCall) => this.#follow(() => nextCall(options)),
  ];
  readonly #underWay = new Set<Call>();

  /** Aborts all calls. Call it before the connection is closed. */
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
      // The error would only say that the channel has been shut down.
      return new InterceptingCall(new DetachedCall());
    }
  }
}

/** Whether a call failed because its client was closed, even if the error is wrapped. */
export function wasClosed(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const isItself = isGrpcServiceError(error) && error.code === status.CANCELLED && error.details === CLOSED;
  return isItself || wasClosed(error.cause);
}

/** A call that fails as soon as it starts. */
class DetachedCall implements Call {
  start(metadata: Metadata, listener?: Partial<InterceptingListener>): void {
    setImmediate(() => {
      listener?.onReceiveMessage?.(null);
      listener?.onReceiveStatus?.({ code: status.CANCELLED, details: CLOSED, metadata });
    });
  }

  getPeer(): string {
    return 'no one';
  }

  getAuthContext(): null {
    return null;
  }

  cancelWithStatus(): void {
    // The call ends without it.
  }

  sendMessageWithContext(): void {
    // It is not read.
  }

  sendMessage(): void {
    // It is not read.
  }

  startRead(): void {
    // There is nothing to read.
  }

  halfClose(): void {
    // There is nothing to close.
  }
}
