/** Sessions of browsers: each stands for a token, and ends with it. */
import { createHash, randomBytes } from 'node:crypto';
import type { ApiToken } from './api-token';
import type { TokenBook } from './token-book';

/** Life of a session in ms: a working day. */
export const MAX_SESSION_MS = 12 * 60 * 60 * 1_000;
/** Maximum sessions of a gateway; each takes some hundred bytes. A new one replaces the oldest. */
const MAX_SESSIONS = 1_000;
/** Life of a code that signs in once, in ms. */
export const MAX_CODE_MS = 15 * 60 * 1_000;
/** Maximum codes that wait for their use. */
const MAX_CODES = 10;

export interface Session {
  /** The token as it was at the sign-in. */
  readonly token: ApiToken;
  /** Value of the header that a write needs: a page of another origin cannot read it. */
  readonly csrf: string;
  /** Names the session in counts, and is of no use to a caller. */
  readonly key: string;
  readonly expiresAt: number;
}

export interface OpenedSession extends Session {
  /** Value of the cookie. It is stored nowhere. */
  readonly secret: string;
}

/** The sessions of one gateway, in memory: they end with the process. */
export class Sessions {
  private readonly sessions = new Map<string, Session>();
  private readonly codes = new Map<string, { readonly token: ApiToken; readonly expiresAt: number }>();

  constructor(
    private readonly tokens: TokenBook,
    private readonly now: () => number = Date.now,
  ) {}

  open(token: ApiToken): OpenedSession {
    const secret = newSecret();
    const session = { token, csrf: newSecret(), key: hash(secret), expiresAt: this.now() + MAX_SESSION_MS };
    keepNewest(this.sessions, MAX_SESSIONS - 1);
    this.sessions.set(session.key, session);
    return { ...session, secret };
  }

  /** `null`: it is unknown or has expired, or its token was removed or has another role or prefix now. */
  find(secret: string): Session | null {
    const session = this.sessions.get(hash(secret));
    if (session === undefined) return null;
    if (session.expiresAt > this.now() && this.tokens.has(session.token)) return session;
    this.sessions.delete(session.key);
    return null;
  }

  close({ key }: Session): void {
    this.sessions.delete(key);
  }

  /** Returns a code that opens one session with this token. The code is not a token, and expires soon. */
  createCode(token: ApiToken): string {
    const code = newSecret();
    keepNewest(this.codes, MAX_CODES - 1);
    this.codes.set(hash(code), { token, expiresAt: this.now() + MAX_CODE_MS });
    return code;
  }

  /** Returns the token of a code, once. */
  redeemCode(code: string): ApiToken | null {
    const key = hash(code);
    const found = this.codes.get(key);
    this.codes.delete(key);
    return found !== undefined && found.expiresAt > this.now() && this.tokens.has(found.token) ? found.token : null;
  }
}

function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** Looking up a hash reveals nothing about the secret by its time. */
function hash(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** A map lists its entries by age. */
function keepNewest<T>(entries: Map<string, T>, maximum: number): void {
  for (const key of entries.keys()) {
    if (entries.size <= maximum) return;
    entries.delete(key);
  }
}
