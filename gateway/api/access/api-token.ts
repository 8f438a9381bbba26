/** The tokens of callers: what they may do, and to which ids. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { checkBySchema } from '../validate';
import { includesRole, ROLES, type Role } from './roles';

export interface ApiToken {
  /** Part of ids that are made of an `Idempotency-Key`; several tokens may have the same. */
  readonly name: string;
  /** SHA-256 of the token. */
  readonly hash: Buffer;
  readonly role: Role;
  /** The token sees and starts only ids that begin with this. Empty: all, and the account. */
  readonly prefix: string;
}

/** Of tokens without a name of their own: they replace each other when they are rotated. */
const PLAIN_NAME = '~plain';

/** Printable ASCII without commas, which separate tokens. */
const TOKEN_FORM = /^[\x21-\x2b\x2d-\x7e]{16,}$/;

/** Long enough for any name, short enough for the rest of an id. */
const PREFIX_FORM = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$/;

const entrySchema = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, 'must be 1 to 64 letters, digits, ".", "_" and "-"'),
  sha256: z.string().regex(/^[0-9a-f]{64}$/i, 'must be the SHA-256 of the token: 64 hexadecimal digits'),
  role: z.enum(ROLES),
  prefix: z
    .string()
    .regex(PREFIX_FORM, 'must be the beginning of an id: at most 64 letters, digits, ".", "_" and "-"')
    .optional(),
});

/** An entry of the list, as JSON. */
export type TokenEntry = z.output<typeof entrySchema>;

const listSchema = z.array(entrySchema).min(1);

export function mayDo({ role }: ApiToken, needed: Role): boolean {
  return includesRole(role, needed);
}

/** A token with all rights. */
export function toPlainToken(token: string): ApiToken {
  return { name: PLAIN_NAME, hash: hashToken(token), role: 'start', prefix: '' };
}

export function hashToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** Makes a random token and its entry of the list, or returns what is wrong with the terms of the entry. */
export function createToken(terms: Partial<Record<Exclude<keyof TokenEntry, 'sha256'>, string>>) {
  const token = randomBytes(32).toString('hex');
  const entry = { ...terms, sha256: hashToken(token).toString('hex') };
  return { token, entry, problems: checkBySchema(entrySchema, entry, () => []).problems };
}

/** Finds the token by its hash. Compares with every entry in constant time. */
export function findToken(given: string | null, tokens: readonly ApiToken[]): ApiToken | null {
  const hash = hashToken(given ?? '');
  const matching = tokens.filter((token) => timingSafeEqual(hash, token.hash));
  return matching[0] ?? null;
}

/**
 * Reads a list of tokens: JSON entries, or plain tokens that are separated by commas.
 *
 * @param source the variable, for problems, which never quote a token
 */
export function parseTokens(text: string, source: string, problems: string[]): readonly ApiToken[] {
  return /^\s*\[/.test(text) ? parseEntries(text, source, problems) : parsePlain(text, source, problems);
}

function parsePlain(text: string, source: string, problems: string[]): readonly ApiToken[] {
  const tokens = text.split(',').map((token) => token.trim());
  tokens.forEach((token, index) => {
    if (TOKEN_FORM.test(token)) return;
    problems.push(
      `${source}: token ${index + 1} of ${tokens.length} has ${token.length} characters; must have at least 16, without white ` +
        'space, for instance the output of "openssl rand -hex 32"',
    );
  });
  return tokens.map(toPlainToken);
}

function parseEntries(text: string, source: string, problems: string[]): readonly ApiToken[] {
  const { data, problems: found } = checkBySchema(listSchema, parseJson(text), () => []);
  problems.push(...found.map(({ field, problem }) => `${source}: ${field} ${problem}`));
  const tokens = (data ?? []).map(({ name, sha256, role, prefix = '' }) => {
    return { name, hash: Buffer.from(sha256, 'hex'), role, prefix };
  });
  const hashes = new Set(tokens.map(({ hash }) => hash.toString('hex')));
  if (hashes.size < tokens.length) problems.push(`${source}: two entries have the same sha256; must be different`);
  return tokens;
}

/** Returns `null` if it is not JSON, which the schema then reports. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
