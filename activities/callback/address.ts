import type { CallbackClaim } from '../../workflows/domain/item/callback';
import type { CallbackSettings } from './settings';
import { signToken } from './token';

/** Below it the gateway takes callbacks; the token follows. */
export const CALLBACK_PATH = '/callbacks/';

/** The address that the provider calls when the job of a submission has ended. */
export function buildCallbackUrl({ url, secrets }: CallbackSettings, claim: CallbackClaim): string {
  return url + CALLBACK_PATH + signToken(claim, secrets);
}
