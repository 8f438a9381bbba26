/** Checks a client of Temporal that the caller already has. */
import type { Client } from '@temporalio/client';
import type { LoadedDataConverter, Payload } from '@temporalio/common';
import {
  decodeArrayFromPayloads,
  encodeToPayload,
  loadDataConverter,
} from '@temporalio/common/lib/internal-non-workflow';
import { createDataConverter, type EncryptionSettings, readKeyId } from '../payloads';
import { InvalidRequestError } from './errors';

const SAMPLE = 'a value to compare data converters';

const REMEDY = 'create it with the dataConverter that readDataConverter(env) returns';
const OTHER_KEYS = `does not encrypt with the keys of IMAGEPIPELINE_ENCRYPTION_KEYS, so workers could not read what it starts; ${REMEDY}`;
const OTHER_CODEC = `encodes values in a way that our workers cannot read; ${REMEDY}`;

/**
 * Checks that workers with the same settings and the client can read each other's values. Without settings, a client that
 * encrypts as this library does is accepted.
 *
 * @throws InvalidRequestError if one cannot read the values of the other
 */
export async function checkDataConverter(client: Client, encryption: EncryptionSettings | null): Promise<void> {
  const { loadedDataConverter: theirs } = client.options;
  const sample = await encodeToPayload(theirs, SAMPLE);
  if (encryption === null && readKeyId(sample) !== null) return;
  const ours = loadDataConverter(createDataConverter(encryption));
  const isReadable = (await canRead(ours, sample)) && (await canRead(theirs, await encodeToPayload(ours, SAMPLE)));
  if (!isReadable) {
    throw new InvalidRequestError([{ field: 'client', problem: encryption === null ? OTHER_CODEC : OTHER_KEYS }]);
  }
}

async function canRead(converter: LoadedDataConverter, payload: Payload): Promise<boolean> {
  try {
    const [value] = await decodeArrayFromPayloads(converter, [payload]);
    return value === SAMPLE;
  } catch {
    // Codecs report what they cannot read by errors of any kind.
    return false;
  }
}
