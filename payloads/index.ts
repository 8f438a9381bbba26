/** How values travel through Temporal; shared by workers and clients, which must agree on it. */
export { dataConverterFor, FAILURE_CONVERTER_PATH } from './data-converter';
export { EncryptionCodec, keyIdOf } from './encryption-codec';
export { type EncryptionKeys, encryptionKeysFrom, parseEncryptionKeys } from './encryption-keys';
export { type EncryptionSettings, encryptionFrom, parseEncryption } from './encryption-settings';
export {
  EncryptionKeyMissingError,
  EncryptionSettingsError,
  PayloadDamagedError,
  PayloadNotEncryptedError,
} from './errors';
