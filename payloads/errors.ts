/** Errors of encryption. A message contains neither a key nor any part of a payload except its key id. */

/** The encryption settings are invalid. */
export class EncryptionSettingsError extends Error {
  override readonly name = 'EncryptionSettingsError';

  constructor(readonly problems: readonly string[]) {
    super(problems.join('\n'));
  }
}

/** A payload was encrypted with a key that this process does not have. */
export class EncryptionKeyMissingError extends Error {
  override readonly name = 'EncryptionKeyMissingError';

  constructor(
    readonly keyId: string,
    known: readonly string[],
  ) {
    super(
      `a payload is encrypted with the key ${quoted(keyId)}, and this process has ${listed(known)}; ` +
        'add that key to IMAGEPIPELINE_ENCRYPTION_KEYS and restart',
    );
  }
}

/** An unencrypted payload, while strict mode is on. */
export class PayloadNotEncryptedError extends Error {
  override readonly name = 'PayloadNotEncryptedError';

  constructor() {
    super(
      'a payload is not encrypted, and IMAGEPIPELINE_ENCRYPTION_STRICT is on: it was written before keys were set, by a ' +
        'program without keys, or by an intruder; find out who writes to this namespace, or turn strict mode off',
    );
  }
}

/** A payload was not produced by its key, or was changed. */
export class PayloadDamagedError extends Error {
  override readonly name = 'PayloadDamagedError';

  constructor(keyId: string | null) {
    super(
      keyId === null
        ? 'a payload is marked as encrypted but names no key: it was changed, or another codec wrote it; ' +
            'find out who writes to this namespace'
        : `a payload cannot be decrypted with the key ${quoted(keyId)}: it was changed, or another key has that id ` +
            'where it was written; compare IMAGEPIPELINE_ENCRYPTION_KEYS of both sides',
    );
  }
}

/** The id comes from a payload, so it may contain anything. */
function quoted(keyId: string): string {
  return JSON.stringify(keyId.slice(0, 64));
}

function listed(known: readonly string[]): string {
  return known.length === 0 ? 'no keys' : `only ${known.map(quoted).join(', ')}`;
}
