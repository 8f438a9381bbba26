/** The payload codec: encrypts payloads before they are sent and decrypts them when they arrive. */
import type { Payload, PayloadCodec } from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import { open, seal } from './cipher';
import type { EncryptionKey } from './encryption-keys';
import { EncryptionKeyMissingError, PayloadDamagedError, PayloadNotEncryptedError } from './errors';

const { Payload: PayloadMessage } = temporal.api.common.v1;

/** The encoding used by Temporal's own samples, which Temporal's tools recognise. */
const ENCRYPTED = 'binary/encrypted';
const KEY_ID_FIELD = 'encryption-key-id';
const ENCODING_FIELD = 'encoding';

/**
 * The first key encrypts; all keys decrypt. Without keys nothing is encrypted, and decoding an encrypted payload throws
 * an error that names its key. Unencrypted payloads pass through, because they were written before keys were set. Once
 * none are left, strict mode refuses them.
 */
export class EncryptionCodec implements PayloadCodec {
  readonly #byId: ReadonlyMap<string, EncryptionKey>;
  readonly #first: EncryptionKey | undefined;

  /** @param isStrict whether to refuse unencrypted payloads. Default: they pass through */
  constructor(
    keys: readonly EncryptionKey[],
    private readonly isStrict = false,
  ) {
    this.#byId = new Map(keys.map((key) => [key.id, key]));
    this.#first = keys[0];
  }

  async encode(payloads: Payload[]): Promise<Payload[]> {
    const key = this.#first;
    return key === undefined ? payloads : payloads.map((payload) => encryptPayload(payload, key));
  }

  /**
   * @throws EncryptionKeyMissingError
   * @throws PayloadDamagedError
   * @throws PayloadNotEncryptedError
   */
  async decode(payloads: Payload[]): Promise<Payload[]> {
    return payloads.map((payload) => this.#decrypted(payload));
  }

  #decrypted(payload: Payload): Payload {
    const keyId = readKeyId(payload);
    const isEncrypted = readField(payload, ENCODING_FIELD) === ENCRYPTED;
    // A key id with another encoding means that the encoding of our payload was changed.
    if (!isEncrypted && keyId === null) {
      if (this.isStrict) throw new PayloadNotEncryptedError();
      return payload;
    }
    if (keyId === null) throw new PayloadDamagedError(null);
    const key = this.#byId.get(keyId);
    if (key === undefined) throw new EncryptionKeyMissingError(keyId, [...this.#byId.keys()]);
    const plain = isEncrypted ? open(payload.data ?? new Uint8Array(), key, boundTo(key)) : null;
    if (plain === null) throw new PayloadDamagedError(keyId);
    return PayloadMessage.decode(plain);
  }
}

/** Returns the id of the key that encrypted a payload; `null` if it is not encrypted. */
export function readKeyId(payload: Payload): string | null {
  return readField(payload, KEY_ID_FIELD);
}

/** Encrypts the whole payload with its metadata, because type and encoding are private too. */
function encryptPayload(payload: Payload, key: EncryptionKey): Payload {
  return {
    metadata: { [ENCODING_FIELD]: Buffer.from(ENCRYPTED), [KEY_ID_FIELD]: Buffer.from(key.id) },
    data: seal(PayloadMessage.encode(payload).finish(), key, boundTo(key)),
  };
}

function boundTo({ id }: EncryptionKey): string {
  return JSON.stringify([ENCRYPTED, id]);
}

function readField({ metadata }: Payload, name: typeof ENCODING_FIELD | typeof KEY_ID_FIELD): string | null {
  const field = metadata?.[name];
  return field ? Buffer.from(field).toString() : null;
}
