/**
 * Callback tokens and settings, shared by `submitJob`, which requests callbacks, and the gateway, which receives them.
 */
export { buildCallbackUrl, CALLBACK_PATH } from './address';
export { type CallbackSettings, parseCallbackSecrets, parseCallbackSettings } from './settings';
export { type CallbackSecrets, signToken, verifyToken } from './token';
