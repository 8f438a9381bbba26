/** Decides whether `dev` requests callbacks. */
import type { Environment } from '../../workflows/domain/base/environment';
import { UsageError } from '../usage-error';
import type { CallbackOptions } from './callbacks';

interface CallbackFlags {
  readonly worker: boolean;
  /** Absent: request callbacks if the provider can reach this machine. */
  readonly callbacks?: boolean;
  readonly gatewayPort?: string;
}

interface CallbackChoice {
  /** `null`: no callbacks are requested. */
  readonly options: CallbackOptions | null;
  /** Why no callbacks are requested. */
  readonly off: string;
}

/**
 * Requests callbacks from the emulator by default. The real provider cannot reach this machine without a public address.
 *
 * @throws UsageError
 */
export function callbacksFor(
  { callbacks, worker, gatewayPort }: CallbackFlags,
  env: Environment,
  isEmulated: boolean,
): CallbackChoice {
  const isReachable = isEmulated || Boolean(env['IMAGEPIPELINE_CALLBACK_URL']);
  if (callbacks === true && !isReachable) {
    throw new UsageError([
      '--callbacks with the real API requires IMAGEPIPELINE_CALLBACK_URL: the public https address of the gateway',
    ]);
  }
  const off = callbacks === false ? 'off (--no-callbacks)' : 'off: IMAGEPIPELINE_CALLBACK_URL is not set';
  if (callbacks === false || !isReachable) return { options: null, off };
  // A worker that runs beside `dev` needs these settings itself.
  if (callbacks === undefined && !worker) return { options: null, off: 'off (--no-worker)' };
  const isChosen = callbacks === true || gatewayPort !== undefined || Boolean(env['IMAGEPIPELINE_GATEWAY_PORT']);
  return { options: { gatewayPort, anyPort: isEmulated && !isChosen }, off };
}
