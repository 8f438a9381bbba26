/** The result of a check in one line, and the remedy if it failed. */
export type Finding =
  | { readonly state: 'ok' | 'skipped'; readonly found: string }
  | { readonly state: 'failed'; readonly found: string; readonly remedy: string };

export function ok(found: string): Finding {
  return { state: 'ok', found };
}

/** A check that could not run, or that has nothing to check. */
export function skipped(found: string): Finding {
  return { state: 'skipped', found };
}

export function failed(found: string, remedy: string): Finding {
  return { state: 'failed', found, remedy };
}

/** The code or name of an error, never its message: network errors may quote an address with a token. */
export function toReason(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const { code, name } = (cause ?? {}) as { readonly code?: unknown; readonly name?: unknown };
  return typeof code === 'string' ? code : String(name ?? 'unknown');
}
