/** Where notifications go, and its checks. Pure. */
import { isLoopbackName } from '../base/loopback';

/** Where a run sends notifications. */
export interface NotifyOptions {
  /**
   * https address that receives a signed POST when the batch ends, pauses, is held or continues, or has many failures. Plain
   * http is allowed on this machine. Default: none.
   */
  readonly notify?: string;
  /** Failed and unknown items that are reported once: a number, or a share like `5%`. Requires `notify`. Default 10%. */
  readonly notifyFailures?: number | string;
}

/** Default share of failed and unknown items that is reported. */
export const DEFAULT_NOTIFY_FAILURES = '10%';

/** Maximum length of an address, in characters. */
export const MAX_ADDRESS_LENGTH = 2_000;

export const ADDRESS_SCHEMA = { type: 'string', maxLength: MAX_ADDRESS_LENGTH, pattern: '^[hH][tT][tT][pP][sS]?:' };

/** Every problem of an address, which is not repeated: it may contain a secret. */
export function findAddressProblem(address: unknown): string | null {
  if (typeof address !== 'string') return 'must be a text: an https address';
  if (address.length > MAX_ADDRESS_LENGTH) {
    return `has ${address.length} characters; must have at most ${MAX_ADDRESS_LENGTH}`;
  }
  if (!URL.canParse(address)) return 'is not an address; must be like https://example.com/hooks';
  const problems = listUrlProblems(new URL(address));
  return problems.length === 0 ? null : problems.join(', and ');
}

function listUrlProblems({ protocol, hostname, username, password, hash }: URL): readonly string[] {
  const isPlain = protocol === 'http:' && !isLoopbackName(hostname);
  const isOther = protocol !== 'http:' && protocol !== 'https:';
  return [
    ...(isPlain ? ['is plain http to another machine; must be https'] : []),
    ...(isOther ? [`begins with ${protocol}; must be https`] : []),
    ...(username !== '' || password !== '' ? ['must not contain a user or a password; verify the signature'] : []),
    ...(hash !== '' ? ['must not contain a fragment'] : []),
  ];
}

/** Scheme and host of a valid address: path and query may contain secrets. */
export function toReceiver(address: string): string {
  return new URL(address).origin;
}
