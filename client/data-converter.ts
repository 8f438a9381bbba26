import type { DataConverter } from '@temporalio/common';
import type { Environment } from '../workflows/domain/base/environment';

/**
 * Returns the data converter for a Temporal client of your own, which you pass to `ImagePipelineClient.connect`. It encrypts with
 * IMAGEPIPELINE_ENCRYPTION_KEYS, also as a file; without keys nothing is encrypted.
 *
 * @throws EncryptionSettingsError
 */
export async function readDataConverter(env: Environment): Promise<DataConverter> {
  const { createDataConverter, findEncryption } = await import('./use-cases');
  return createDataConverter(findEncryption(env));
}
