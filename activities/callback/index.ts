/** Shared by who asks for callbacks, the activity `submitJob`, and who takes them, the gateway. */
export { buildCallbackUrl, CALLBACK_PATH } from './address';
export { type CallbackSettings, parseCallbackSecrets, parseCallbackSettings } from './settings';
export { type CallbackSecrets, signToken, verifyToken } from './token';
