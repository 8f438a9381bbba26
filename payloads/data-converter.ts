import path from 'node:path';
import type { DataConverter } from '@temporalio/common';
import { EncryptionCodec } from './encryption-codec';
import type { EncryptionSettings } from './encryption-settings';

/** Used by the build, which makes one workflow bundle with it and one without. */
export const FAILURE_CONVERTER_PATH = path.join(__dirname, `failure-converter${path.extname(__filename)}`);

/**
 * Creates the data converter for workers and clients; the only place that decides how values become payloads.
 *
 * @param encryption `null`: nothing is encrypted, and an encrypted payload throws an error that names its key
 */
export function createDataConverter(encryption: EncryptionSettings | null): DataConverter {
  const payloadCodecs = [new EncryptionCodec(encryption?.keys ?? [], encryption?.isStrict)];
  return encryption === null ? { payloadCodecs } : { payloadCodecs, failureConverterPath: FAILURE_CONVERTER_PATH };
}
