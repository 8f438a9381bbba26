import type { CallbackClaim } from '../../workflows/domain/item/callback';
import type { CallbackSettings } from './settings';
import { signToken } from './token';

/** Path prefix under which the gateway receives callbacks; the token follows it. */
export const CALLBACK_PATH = '/callbacks/';

/** Builds the URL that the provider calls when the job of a submission ends. */
export function buildCallbackUrl({ url, secrets }: CallbackSettings, claim: CallbackClaim): string {
  return url + CALLBACK_PATH + signToken(claim, secrets);
}
