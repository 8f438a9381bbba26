/** How values are encoded for Temporal; shared by workers and clients, which must agree. */
export { createDataConverter, FAILURE_CONVERTER_PATH } from './data-converter';
export { EncryptionCodec, readKeyId } from './encryption-codec';
export { type EncryptionKeys, parseEncryptionKeys, readEncryptionKeys } from './encryption-keys';
export { type EncryptionSettings, parseEncryption, readEncryption } from './encryption-settings';
export {
  EncryptionKeyMissingError,
  EncryptionSettingsError,
  PayloadDamagedError,
  PayloadNotEncryptedError,
} from './errors';
