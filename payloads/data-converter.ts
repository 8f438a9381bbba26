import path from 'node:path';
import type { DataConverter } from '@temporalio/common';
import { EncryptionCodec } from './encryption-codec';
import type { EncryptionSettings } from './encryption-settings';

/** For the build, which makes a bundle of the workflows with it and one without. */
export const FAILURE_CONVERTER_PATH = path.join(__dirname, `failure-converter${path.extname(__filename)}`);

/**
 * How values become payloads: the one place where it is decided, for workers and for every client.
 *
 * @param encryption `null`: nothing is encrypted, and encrypted payloads give an error that names their key
 */
export function createDataConverter(encryption: EncryptionSettings | null): DataConverter {
  const payloadCodecs = [new EncryptionCodec(encryption?.keys ?? [], encryption?.isStrict)];
  return encryption === null ? { payloadCodecs } : { payloadCodecs, failureConverterPath: FAILURE_CONVERTER_PATH };
}
