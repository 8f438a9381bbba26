/** Encryption keys: read from the environment once and checked; problems are reported by variable name. */
import { createSecretKey, type KeyObject } from 'node:crypto';
import { EncryptionSettingsError } from './errors';

export interface EncryptionKey {
  /** Stored with every payload and readable by everyone. */
  readonly id: string;
  /** A `KeyObject` does not reveal the key when it is printed. */
  readonly secret: KeyObject;
}

/** The first key encrypts; all keys decrypt. */
export type EncryptionKeys = readonly [EncryptionKey, ...EncryptionKey[]];

type Environment = Readonly<Record<string, string | undefined>>;

const LIST = 'IMAGEPIPELINE_ENCRYPTION_KEYS';
const SINGLE = 'IMAGEPIPELINE_ENCRYPTION_KEY';
/** Shorter than a key in base64, so a misplaced key is never taken for an id and shown. */
const KEY_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/;
const SECRET = /^[A-Za-z0-9+/]{43}=?$/;
const FORM =
  '"id:key", where the key is 32 random bytes in base64, for example the output of "openssl rand -base64 32"';

/** Like `parseEncryptionKeys`, for callers without other settings to check. @throws EncryptionSettingsError */
export function readEncryptionKeys(env: Environment): EncryptionKeys | null {
  const problems: string[] = [];
  const keys = parseEncryptionKeys(env, problems);
  if (problems.length > 0) throw new EncryptionSettingsError(problems);
  return keys;
}

/**
 * Reads IMAGEPIPELINE_ENCRYPTION_KEYS or IMAGEPIPELINE_ENCRYPTION_KEY: `id:key`, several separated by commas. Returns
 * `null` without either variable (no encryption), and if there are problems, which are added to the list.
 */
export function parseEncryptionKeys(env: Environment, problems: string[]): EncryptionKeys | null {
  const set = ([LIST, SINGLE] as const).filter((name) => env[name]?.trim());
  const [name] = set;
  if (name === undefined) return null;
  const found = set.length > 1 ? [`${LIST} and ${SINGLE} are both set; put all keys into ${LIST}`] : [];
  const entries = (env[name] ?? '').split(',').map((entry) => entry.trim());
  const keys = entries.flatMap((entry, index) => parseKey(entry, `${name}: key ${index + 1}`, found) ?? []);
  found.push(...repeated(keys).map((id) => `${name} has two keys with the id "${id}"; each key must have its own id`));
  problems.push(...found);
  const [first, ...others] = keys;
  return found.length > 0 || first === undefined ? null : [first, ...others];
}

/** @param place name of the entry in messages; the entry itself may be a key without an id */
function parseKey(entry: string, place: string, problems: string[]): EncryptionKey | null {
  const colon = entry.indexOf(':');
  const [id, secret] = [entry.slice(0, Math.max(colon, 0)), entry.slice(colon + 1)];
  if (!KEY_ID.test(id)) {
    problems.push(`${place} has no id of at most 32 letters, digits, ".", "_" and "-"; expected ${FORM}`);
    return null;
  }
  if (!SECRET.test(secret)) {
    problems.push(`${place} ("${id}") is not 32 bytes in base64 but ${secret.length} characters; expected ${FORM}`);
    return null;
  }
  return { id, secret: createSecretKey(secret, 'base64') };
}

function repeated(keys: readonly EncryptionKey[]): readonly string[] {
  const ids = keys.map(({ id }) => id);
  return [...new Set(ids.filter((id, index) => ids.indexOf(id) !== index))];
}
