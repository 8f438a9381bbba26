/** The gateway of a rig: in the process of the test, or `imagepipeline gateway` as a process of its own. */
import type { CallbackSecrets } from '../../activities/callback';
import type { ImagePipelineClient } from '../../client';
import { startGateway } from '../../client/gateway';
import { startCli } from '../cli/cli-process';
import { tempFolder } from './temp-folder';

export interface RigGateway {
  /** Where callbacks are taken. */
  readonly url: string;
  close(): Promise<void>;
}

const SECRET = 'secret-of-the-tests-and-of-nothing-else';
export const SECRETS: CallbackSecrets = [SECRET];

export function gatewayInside({ temporal }: ImagePipelineClient): Promise<RigGateway> {
  return startGateway({ secrets: SECRETS, host: '127.0.0.1', port: 0 }, temporal, () => undefined);
}

/** @param env leads to Temporal, with the keys of the payloads */
export async function gatewayAsProcess(env: NodeJS.ProcessEnv): Promise<RigGateway> {
  const settings = { ...env, IMAGEPIPELINE_CALLBACK_SECRET: SECRET };
  const { child, finished, seen } = startCli(['gateway', '--gateway-port', '0'], tempFolder(), settings);
  const [, url = ''] = /callbacks at (http:[^\s,]+)/.exec(await seen(/^ready/m)) ?? [];
  return {
    url,
    close: async () => {
      child.kill('SIGTERM');
      await finished;
    },
  };
}
