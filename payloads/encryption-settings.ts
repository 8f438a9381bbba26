/** Encryption settings: the keys, and whether unencrypted payloads are accepted. */
import { type EncryptionKeys, parseEncryptionKeys } from './encryption-keys';
import { EncryptionSettingsError } from './errors';

export interface EncryptionSettings {
  readonly keys: EncryptionKeys;
  /** Whether to refuse unencrypted payloads. */
  readonly isStrict: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

const STRICT = 'IMAGEPIPELINE_ENCRYPTION_STRICT';

/** Like `parseEncryption`, for callers without other settings to check. @throws EncryptionSettingsError */
export function readEncryption(env: Environment): EncryptionSettings | null {
  const problems: string[] = [];
  const settings = parseEncryption(env, problems);
  if (problems.length > 0) throw new EncryptionSettingsError(problems);
  return settings;
}

/**
 * Reads IMAGEPIPELINE_ENCRYPTION_KEYS or IMAGEPIPELINE_ENCRYPTION_KEY, and IMAGEPIPELINE_ENCRYPTION_STRICT (`on` or
 * `off`, default `off`). Returns `null` without keys, and if there are problems, which are added to the list.
 */
export function parseEncryption(env: Environment, problems: string[]): EncryptionSettings | null {
  const before = problems.length;
  const keys = parseEncryptionKeys(env, problems);
  const strict = env[STRICT]?.trim() || 'off';
  if (strict !== 'on' && strict !== 'off') problems.push(`${STRICT} is "${strict}"; expected on or off`);
  if (strict === 'on' && keys === null && problems.length === before) {
    problems.push(`${STRICT} is on, but IMAGEPIPELINE_ENCRYPTION_KEYS is not set; set it, or unset ${STRICT}`);
  }
  return keys === null || problems.length > before ? null : { keys, isStrict: strict === 'on' };
}
