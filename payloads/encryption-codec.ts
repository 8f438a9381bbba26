/** What stands between Temporal's payloads and the wire: encrypted on the way out, decrypted on the way in. */
import type { Payload, PayloadCodec } from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import { open, seal } from './cipher';
import type { EncryptionKey } from './encryption-keys';
import { EncryptionKeyMissingError, PayloadDamagedError, PayloadNotEncryptedError } from './errors';

const { Payload: PayloadMessage } = temporal.api.common.v1;

/** As in Temporal's own samples, by which its tools recognise such payloads. */
const ENCRYPTED = 'binary/encrypted';
const KEY_ID_FIELD = 'encryption-key-id';
const ENCODING_FIELD = 'encoding';

/**
 * The first key encrypts, all decrypt. Without keys nothing is encrypted, and what others have encrypted gives an error
 * that names their key. Payloads that are not encrypted are passed on: they were written before keys were set. Once there are
 * none of those any more, strictness refuses them.
 */
export class EncryptionCodec implements PayloadCodec {
  readonly #byId: ReadonlyMap<string, EncryptionKey>;
  readonly #first: EncryptionKey | undefined;

  /** @param isStrict payloads that are not encrypted are refused; default: passed on */
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
    // A key's id beside another encoding is a payload of ours whose encoding was changed.
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

/** The id of the key by which a payload is encrypted; `null` for one that is not. */
export function readKeyId(payload: Payload): string | null {
  return readField(payload, KEY_ID_FIELD);
}

/** The whole payload, its metadata included: its type and encoding are nobody's business either. */
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
