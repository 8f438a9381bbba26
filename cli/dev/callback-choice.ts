/** Whether `dev` asks for callbacks. */
import type { Environment } from '../../workflows/domain/base/environment';
import { UsageError } from '../usage-error';
import type { CallbackOptions } from './callbacks';

interface CallbackFlags {
  readonly worker: boolean;
  /** Absent: by whether they can come about. */
  readonly callbacks?: boolean;
  readonly gatewayPort?: string;
}

export interface CallbackChoice {
  /** `null`: none are asked for. */
  readonly options: CallbackOptions | null;
  /** Why not. */
  readonly off: string;
}

/**
 * The real provider cannot reach the gateway of this machine directly.
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
      '--callbacks with the real API needs IMAGEPIPELINE_CALLBACK_URL: the public https address that leads to the gateway',
    ]);
  }
  const off = callbacks === false ? 'off (--no-callbacks)' : 'off: IMAGEPIPELINE_CALLBACK_URL is not set';
  if (callbacks === false || !isReachable) return { options: null, off };
  // A worker of its own has to be told of them.
  if (callbacks === undefined && !worker) return { options: null, off: 'off (--no-worker)' };
  const isChosen = callbacks === true || gatewayPort !== undefined || Boolean(env['IMAGEPIPELINE_GATEWAY_PORT']);
  return { options: { gatewayPort, anyPort: isEmulated && !isChosen }, off };
}
