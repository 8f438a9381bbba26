/** What a check has found, in one line, and what to do about it. */
export type Finding =
  | { readonly state: 'ok' | 'skipped'; readonly found: string }
  | { readonly state: 'failed'; readonly found: string; readonly remedy: string };

export function ok(found: string): Finding {
  return { state: 'ok', found };
}

/** It could not be looked at, or there is nothing to look at. */
export function skipped(found: string): Finding {
  return { state: 'skipped', found };
}

export function failed(found: string, remedy: string): Finding {
  return { state: 'failed', found, remedy };
}

/** The name of what went wrong. Messages of the network's errors are left out, for they may hold an address with a token. */
export function toReason(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const { code, name } = (cause ?? {}) as { readonly code?: unknown; readonly name?: unknown };
  return typeof code === 'string' ? code : String(name ?? 'unknown');
}
