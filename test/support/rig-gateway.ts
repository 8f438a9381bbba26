/** The gateway of a rig: in the process of the test, or `imagepipeline gateway` as a process of its own. */
import type { CallbackSecrets } from '../../activities/callback';
import type { ImagePipelineClient } from '../../client';
import { startGateway } from '../../gateway';
import { startCli } from '../cli/cli-process';
import { tempFolder } from './temp-folder';

interface RigGateway {
  /** Where callbacks are taken. */
  readonly url: string;
  close(): Promise<void>;
}

const SECRET = 'secret-of-the-tests-and-of-nothing-else';
export const SECRETS: CallbackSecrets = [SECRET];

export function gatewayInside({ temporal }: ImagePipelineClient): Promise<RigGateway> {
  return startGateway({ secrets: SECRETS, host: '127.0.0.1', port: 0 }, temporal, () => undefined);
}

export interface GatewayProcess extends RigGateway {
  /** Of the HTTP API; empty if there is none. */
  readonly apiUrl: string;
  /** All that it has written so far. */
  text(): string;
}

/** @param env leads to Temporal, and is all the settings there are but for the secret */
export async function gatewayAsProcess(env: NodeJS.ProcessEnv): Promise<GatewayProcess> {
  const settings = { ...env, IMAGEPIPELINE_CALLBACK_SECRET: SECRET };
  const { child, finished, seen, text } = startCli(['gateway', '--gateway-port', '0'], tempFolder(), settings);
  const ready = await seen(/^ready.*$/m);
  const addressAfter = (words: string) => new RegExp(`${words} (http:[^\\s,]+)`).exec(ready)?.[1] ?? '';
  return {
    url: addressAfter('callbacks at'),
    apiUrl: addressAfter('API at'),
    text,
    close: async () => {
      child.kill('SIGTERM');
      await finished;
    },
  };
}
