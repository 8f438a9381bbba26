/** Requests to the HTTP API, with the session of this browser. */
import { parseEvents, type StreamEvent } from './event-stream';
import type { Problem, SessionInfo } from './types';

const CSRF_HEADER = 'imagepipeline-csrf';
const SESSION_PATH = '/dashboard/session';

/** The API refused a request, and said why. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(readonly problem: Problem) {
    super(problem.detail);
  }
}

/** The gateway did not answer. */
export class OfflineError extends Error {
  override readonly name = 'OfflineError';
}

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

export class ApiClient {
  private csrf = '';

  /** @param onSignedOut called when the session has ended */
  constructor(private readonly onSignedOut: () => void) {}

  /** Returns the session of this browser; `null`: it is not signed in. */
  async readSession(): Promise<SessionInfo | null> {
    try {
      return this.keep(await this.exchange<SessionInfo>('GET', SESSION_PATH));
    } catch (error) {
      if (error instanceof ApiError && error.problem.status === 401) return null;
      throw error;
    }
  }

  async signIn(credential: { readonly token: string } | { readonly code: string }): Promise<SessionInfo> {
    return this.keep(await this.exchange<SessionInfo>('POST', SESSION_PATH, credential));
  }

  async signOut(): Promise<void> {
    await this.exchange('DELETE', SESSION_PATH);
    this.onSignedOut();
  }

  get<T>(path: string, signal?: AbortSignal): Promise<T> {
    return this.send<T>('GET', path, undefined, signal);
  }

  post<T>(path: string, body?: object): Promise<T> {
    return this.send<T>('POST', path, body);
  }

  /** Sends files. */
  postForm<T>(path: string, form: FormData, signal?: AbortSignal): Promise<T> {
    return this.send<T>('POST', path, form, signal);
  }

  /**
   * Sends files, and reports how much of them was sent, which `fetch` cannot.
   *
   * @throws ApiError, OfflineError, also if the signal ends it
   */
  upload<T>(path: string, form: FormData, { signal, onProgress }: UploadOptions = {}): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const request = new XMLHttpRequest();
      const fail = () => reject(new OfflineError('the gateway does not answer'));
      request.upload.onprogress = ({ loaded, total }) => onProgress?.(total === 0 ? 0 : loaded / total);
      request.onerror = fail;
      request.onabort = fail;
      request.onload = () => {
        const { status } = request;
        if (status >= 200 && status < 300) return resolve(JSON.parse(request.responseText) as T);
        const type = request.getResponseHeader('content-type') ?? '';
        if (status === 401) this.onSignedOut();
        reject(toError(status, type, () => JSON.parse(request.responseText) as Problem));
      };
      signal?.addEventListener('abort', () => request.abort());
      request.open('POST', path);
      request.setRequestHeader(CSRF_HEADER, this.csrf);
      request.send(form);
    });
  }

  patch<T>(path: string, body: object): Promise<T> {
    return this.send<T>('PATCH', path, body);
  }

  /**
   * Yields the events of a stream until it ends.
   *
   * @param lastId id of the last event that was received; empty: none
   * @throws ApiError, OfflineError
   */
  async *events(path: string, lastId: string, signal: AbortSignal): AsyncGenerator<StreamEvent> {
    const headers: Record<string, string> = lastId === '' ? {} : { 'last-event-id': lastId };
    const answer = await this.fetch(path, { headers, signal });
    if (!answer.ok) throw await readError(answer);
    yield* parseEvents(readText(answer));
  }

  /** Yields the lines of a streamed answer as JSON. */
  async *lines<T>(path: string, signal: AbortSignal): AsyncGenerator<T> {
    const answer = await this.fetch(path, { signal });
    if (!answer.ok) throw await readError(answer);
    let rest = '';
    for await (const chunk of readText(answer)) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (line !== '') yield JSON.parse(line) as T;
    }
  }

  private keep(session: SessionInfo): SessionInfo {
    this.csrf = session.csrf;
    return session;
  }

  private async send<T>(method: Method, path: string, body?: object, signal?: AbortSignal): Promise<T> {
    try {
      return await this.exchange<T>(method, path, body, signal);
    } catch (error) {
      if (error instanceof ApiError && error.problem.status === 401) this.onSignedOut();
      throw error;
    }
  }

  private async exchange<T>(method: Method, path: string, body?: object, signal?: AbortSignal): Promise<T> {
    const headers: Record<string, string> = {
      ...(method === 'GET' ? {} : { [CSRF_HEADER]: this.csrf }),
      // The browser names the type of a form, with its boundary.
      ...(body === undefined || body instanceof FormData ? {} : { 'content-type': 'application/json' }),
    };
    const answer = await this.fetch(path, {
      method,
      headers,
      ...(body === undefined ? {} : { body: body instanceof FormData ? body : JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
    if (!answer.ok) throw await readError(answer);
    return (answer.status === 204 ? undefined : await answer.json()) as T;
  }

  private async fetch(path: string, init: RequestInit): Promise<Response> {
    try {
      return await fetch(path, { ...init, credentials: 'same-origin', redirect: 'error' });
    } catch (error) {
      if (init.signal?.aborted) throw error;
      throw new OfflineError('the gateway does not answer', { cause: error });
    }
  }
}

interface UploadOptions {
  readonly signal?: AbortSignal;
  /** Gets the part that was sent, from 0 to 1. */
  readonly onProgress?: (sent: number) => void;
}

async function readError(answer: Response): Promise<Error> {
  const text = await answer.text();
  return toError(answer.status, answer.headers.get('content-type') ?? '', () => JSON.parse(text) as Problem);
}

/** A proxy may answer with something else than problem details. */
function toError(status: number, type: string, read: () => Problem): Error {
  return type.startsWith('application/problem+json')
    ? new ApiError(read())
    : new OfflineError(`the answer has status ${status}`);
}

async function* readText(answer: Response): AsyncGenerator<string> {
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (reader === undefined) return;
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((error: unknown) => {
        throw new OfflineError('the connection was lost', { cause: error });
      });
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
