/** What is encrypted comes back whole, or not at all. */
import type { Payload } from '@temporalio/common';
import { EncryptionCodec, PayloadNotEncryptedError, readEncryptionKeys } from '../../payloads';
import { jsonPayload, makeCodec, newKey } from './keys';

const OLD = newKey('2025');
const NEW = newKey('2026');
const PROMPT = 'a red bicycle in the rain';

const encodeOne = async (payload: Payload, ...keys: readonly string[]) => {
  const [encoded] = await makeCodec(...keys).encode([payload]);
  return encoded as { readonly metadata: Record<string, Uint8Array>; readonly data: Uint8Array };
};
const decodeOne = async (payload: Payload, ...keys: readonly string[]) =>
  (await makeCodec(...keys).decode([payload]))[0];

/** As text and bytes, whatever kind of byte array they are in. */
function plain({ metadata, data }: Payload = {}) {
  const fields = Object.entries(metadata ?? {}).map(([name, value]) => [name, Buffer.from(value).toString()]);
  return { metadata: Object.fromEntries(fields), data: Buffer.from(data ?? []).toString('base64') };
}

const PAYLOADS: readonly [string, Payload][] = [
  ['a text', jsonPayload(PROMPT)],
  ['nothing', { metadata: { encoding: Buffer.from('binary/null') } }],
  ['no metadata', { data: Buffer.from('x') }],
  ['a large text', jsonPayload(PROMPT.repeat(20_000))],
  ['bytes', { metadata: { encoding: Buffer.from('binary/plain') }, data: Buffer.from([0, 255, 128]) }],
];

test.each(PAYLOADS)('%s comes back as it was', async (_what, payload) => {
  const encoded = await encodeOne(payload, NEW);
  expect(plain(await decodeOne(encoded, NEW))).toEqual(plain(payload));
});

test('what travels shows its encoding and the id of its key, as the tools of Temporal expect, and nothing else', async () => {
  const encoded = await encodeOne(jsonPayload(PROMPT), NEW, OLD);
  expect(plain(encoded).metadata).toEqual({ encoding: 'binary/encrypted', 'encryption-key-id': '2026' });
  const bytes = Buffer.from(encoded.data);
  expect([PROMPT, 'json/plain'].filter((text) => bytes.includes(text))).toEqual([]);
});

test('the same payload never looks the same twice, and every nonce is new', async () => {
  const same = Array.from({ length: 1_000 }, () => jsonPayload(PROMPT));
  const encoded = await makeCodec(NEW).encode(same);
  const nonces = encoded.map(({ data }) =>
    Buffer.from(data ?? [])
      .subarray(0, 12)
      .toString('hex'),
  );
  expect(new Set(nonces).size).toBe(1_000);
});

test('the order of payloads is kept', async () => {
  const codec = makeCodec(NEW);
  const texts = ['one', 'two', 'three'];
  const decoded = await codec.decode(await codec.encode(texts.map(jsonPayload)));
  expect(decoded.map(plain)).toEqual(texts.map((text) => plain(jsonPayload(text))));
});

test('the first key encrypts; what an older one has encrypted is read as long as it is listed', async () => {
  const before = await encodeOne(jsonPayload(PROMPT), OLD);
  const after = await encodeOne(jsonPayload(PROMPT), NEW, OLD);
  expect(plain(after).metadata['encryption-key-id']).toBe('2026');
  for (const payload of [before, after])
    expect(plain(await decodeOne(payload, NEW, OLD))).toEqual(plain(jsonPayload(PROMPT)));
});

test('without the key the error names its id, the ids that are there, and the variable', async () => {
  const encoded = await encodeOne(jsonPayload(PROMPT), OLD);
  await expect(decodeOne(encoded, NEW)).rejects.toThrow(/"2025".*only "2026".*IMAGEPIPELINE_ENCRYPTION_KEYS/);
  await expect(decodeOne(encoded)).rejects.toThrow(/"2025".*no keys.*IMAGEPIPELINE_ENCRYPTION_KEYS/);
});

test('what was written before there were keys is read with them', async () => {
  const payload = jsonPayload(PROMPT);
  expect(await decodeOne(payload, NEW)).toBe(payload);
});

test('without keys nothing is changed', async () => {
  const payload = jsonPayload(PROMPT);
  expect(await encodeOne(payload)).toBe(payload);
  expect(await decodeOne(payload)).toBe(payload);
});

describe('what was changed on the way is refused', () => {
  test('any bit of nonce, ciphertext and tag', async () => {
    const encoded = await encodeOne(jsonPayload(PROMPT), NEW);
    const codec = makeCodec(NEW);
    for (let bit = 0; bit < encoded.data.length * 8; bit += 1) {
      const data = Buffer.from(encoded.data);
      data.writeUInt8(data.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      await expect(codec.decode([{ ...encoded, data }])).rejects.toThrow('was changed');
    }
  });

  test('any length', async () => {
    const encoded = await encodeOne(jsonPayload(PROMPT), NEW);
    for (let length = 0; length < encoded.data.length; length += 1) {
      const data = encoded.data.subarray(0, length);
      await expect(decodeOne({ ...encoded, data }, NEW)).rejects.toThrow('was changed');
    }
    const longer = Buffer.concat([encoded.data, Buffer.from([0])]);
    await expect(decodeOne({ ...encoded, data: longer }, NEW)).rejects.toThrow('was changed');
  });

  test('the id of the key, although the key is the same', async () => {
    const encoded = await encodeOne(jsonPayload(PROMPT), NEW);
    const metadata = { ...encoded.metadata, 'encryption-key-id': Buffer.from('renamed') };
    await expect(decodeOne({ ...encoded, metadata }, NEW.replace('2026', 'renamed'))).rejects.toThrow('was changed');
  });

  test.each(['binary/plain', 'json/plain', ''])('the encoding, to %p', async (encoding) => {
    const encoded = await encodeOne(jsonPayload(PROMPT), NEW);
    const metadata = { ...encoded.metadata, encoding: Buffer.from(encoding) };
    await expect(decodeOne({ ...encoded, metadata }, NEW)).rejects.toThrow('was changed');
  });

  test('an id that is missing', async () => {
    const { metadata, data } = await encodeOne(jsonPayload(PROMPT), NEW);
    const without = { encoding: metadata['encoding'] ?? Buffer.alloc(0) };
    await expect(decodeOne({ metadata: without, data }, NEW)).rejects.toThrow('names no key');
  });

  test('another key under the same id', async () => {
    const encoded = await encodeOne(jsonPayload(PROMPT), NEW);
    await expect(decodeOne(encoded, newKey('2026'))).rejects.toThrow(/"2026".*compare/);
  });
});

test('strictness refuses what is not encrypted, and nothing else', async () => {
  const keys = readEncryptionKeys({ IMAGEPIPELINE_ENCRYPTION_KEYS: NEW }) ?? [];
  const strict = new EncryptionCodec(keys, true);
  const encoded = await strict.encode([jsonPayload(PROMPT)]);
  expect((await strict.decode(encoded)).map(plain)).toEqual([plain(jsonPayload(PROMPT))]);
  for (const [, payload] of PAYLOADS) {
    await expect(strict.decode([payload])).rejects.toThrow(PayloadNotEncryptedError);
    expect(await makeCodec(NEW).decode([payload])).toEqual([payload]);
  }
  await expect(strict.decode([jsonPayload(PROMPT)])).rejects.not.toThrow(PROMPT);
});
