/** The keys of the encryption: read from the environment once, checked, every problem by variable name. */
import { createSecretKey, type KeyObject } from 'node:crypto';
import { EncryptionSettingsError } from './errors';

export interface EncryptionKey {
  /** Written beside every payload, readable by all. */
  readonly id: string;
  /** Shows nothing of itself when it is printed. */
  readonly secret: KeyObject;
}

/** The first encrypts, all decrypt. */
export type EncryptionKeys = readonly [EncryptionKey, ...EncryptionKey[]];

type Environment = Readonly<Record<string, string | undefined>>;

const LIST = 'IMAGEPIPELINE_ENCRYPTION_KEYS';
const SINGLE = 'IMAGEPIPELINE_ENCRYPTION_KEY';
/** Shorter than a key in base64, so that a key in the wrong place is never taken for an id and shown. */
const KEY_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/;
const SECRET = /^[A-Za-z0-9+/]{43}=?$/;
const FORM = '"id:key", the key being 32 random bytes in base64, for instance what "openssl rand -base64 32" prints';

/** As `parseEncryptionKeys`, for who has no other settings to check. @throws EncryptionSettingsError */
export function readEncryptionKeys(env: Environment): EncryptionKeys | null {
  const problems: string[] = [];
  const keys = parseEncryptionKeys(env, problems);
  if (problems.length > 0) throw new EncryptionSettingsError(problems);
  return keys;
}

/**
 * From IMAGEPIPELINE_ENCRYPTION_KEYS, or IMAGEPIPELINE_ENCRYPTION_KEY: `id:key`, several by commas. `null` without either,
 * which means no encryption, and if there are problems, which are added to the list.
 */
export function parseEncryptionKeys(env: Environment, problems: string[]): EncryptionKeys | null {
  const set = ([LIST, SINGLE] as const).filter((name) => env[name]?.trim());
  const [name] = set;
  if (name === undefined) return null;
  const found = set.length > 1 ? [`${LIST} and ${SINGLE} are both set; put all keys into ${LIST}`] : [];
  const entries = (env[name] ?? '').split(',').map((entry) => entry.trim());
  const keys = entries.flatMap((entry, index) => parseKey(entry, `${name}: key ${index + 1}`, found) ?? []);
  found.push(
    ...repeated(keys).map((id) => `${name} has two keys with the id "${id}"; give every key an id of its own`),
  );
  problems.push(...found);
  const [first, ...others] = keys;
  return found.length > 0 || first === undefined ? null : [first, ...others];
}

/** @param place what to call it; the entry itself may be a key without an id */
function parseKey(entry: string, place: string, problems: string[]): EncryptionKey | null {
  const colon = entry.indexOf(':');
  const [id, secret] = [entry.slice(0, Math.max(colon, 0)), entry.slice(colon + 1)];
  if (!KEY_ID.test(id)) {
    problems.push(`${place} has no id of at most 32 letters, digits, ".", "_" and "-"; give ${FORM}`);
    return null;
  }
  if (!SECRET.test(secret)) {
    problems.push(`${place} ("${id}") is not 32 bytes in base64 but ${secret.length} characters; give ${FORM}`);
    return null;
  }
  return { id, secret: createSecretKey(secret, 'base64') };
}

function repeated(keys: readonly EncryptionKey[]): readonly string[] {
  const ids = keys.map(({ id }) => id);
  return [...new Set(ids.filter((id, index) => ids.indexOf(id) !== index))];
}
