/** Why payloads cannot be encrypted or read. No message holds a key or anything of a payload but its key's id. */

/** The settings of the encryption are wrong. */
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
        'add that key to IMAGEPIPELINE_ENCRYPTION_KEYS and start again',
    );
  }
}

/** A payload in clear, where only encrypted ones are taken. */
export class PayloadNotEncryptedError extends Error {
  override readonly name = 'PayloadNotEncryptedError';

  constructor() {
    super(
      'a payload is not encrypted, and IMAGEPIPELINE_ENCRYPTION_STRICT is on: it was written before keys were set, by a ' +
        'program that has none, or by somebody who should not; find out who writes to this namespace, or switch it off',
    );
  }
}

/** A payload is not what its key has made. */
export class PayloadDamagedError extends Error {
  override readonly name = 'PayloadDamagedError';

  constructor(keyId: string | null) {
    super(
      keyId === null
        ? 'a payload says that it is encrypted and names no key: it was changed, or another codec has written it; ' +
            'find out who writes to this namespace'
        : `a payload cannot be decrypted with the key ${quoted(keyId)}: it was changed, or another key has that id ` +
            'where it was written; compare IMAGEPIPELINE_ENCRYPTION_KEYS of both sides',
    );
  }
}

/** The id comes out of a payload, so it may be anything. */
function quoted(keyId: string): string {
  return JSON.stringify(keyId.slice(0, 64));
}

function listed(known: readonly string[]): string {
  return known.length === 0 ? 'no keys' : `only ${known.map(quoted).join(', ')}`;
}
