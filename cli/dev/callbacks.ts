/** Callbacks within `dev`: the gateway that receives them, and the secret that verifies them. */
import { connectTemporal, readTemporalTarget } from '../../connection/connection';
import { type Gateway, type GatewaySettings, parseGatewaySettings, startGateway } from '../../gateway';
import { readEncryption } from '../../payloads';
import type { TemporalServer } from '../../tools/temporal';
import { type Environment, SettingsError } from '../../worker';
import { callbackSecretFile, devCallbackSecret } from './callback-secret';

export interface CallbackOptions {
  /** Port of the gateway, as text; `undefined` reads it from the environment. */
  readonly gatewayPort: string | undefined;
  /** Use any free port if the default port is taken. */
  readonly anyPort: boolean;
}

interface GatewayOptions {
  readonly env: Environment;
  readonly dataDir: string;
  readonly onProgress: (line: string) => void;
}

/** The callback settings of the worker within `dev`; empty without a gateway. */
export function callbackVariables({ env, dataDir }: Omit<GatewayOptions, 'onProgress'>, gateway: Gateway | null) {
  if (gateway === null) return { IMAGEPIPELINE_CALLBACK_URL: undefined };
  return {
    IMAGEPIPELINE_CALLBACK_URL: env['IMAGEPIPELINE_CALLBACK_URL'] || gateway.url,
    IMAGEPIPELINE_CALLBACK_SECRET: secretFor(env, dataDir),
  };
}

/** The callback settings of a worker beside `dev`. Names the file of the secret, never the secret. */
export function callbackSettings(
  { env, dataDir }: Pick<GatewayOptions, 'env' | 'dataDir'>,
  gateway: Gateway | null,
): Readonly<Record<string, string>> {
  const { IMAGEPIPELINE_CALLBACK_URL: url } = callbackVariables({ env, dataDir }, gateway);
  if (url === undefined) return {};
  const isOwn = !env['IMAGEPIPELINE_CALLBACK_SECRET'];
  return {
    IMAGEPIPELINE_CALLBACK_URL: url,
    ...(isOwn ? { IMAGEPIPELINE_CALLBACK_SECRET_FILE: callbackSecretFile(dataDir) } : {}),
  };
}

/** @throws SettingsError */
export async function startDevGateway(
  options: GatewayOptions,
  { gatewayPort, anyPort }: CallbackOptions,
  server: TemporalServer,
): Promise<Gateway> {
  const { env, dataDir, onProgress } = options;
  const problems: string[] = [];
  const withSecret = { ...env, IMAGEPIPELINE_CALLBACK_SECRET: secretFor(env, dataDir) };
  const settings = parseGatewaySettings(withSecret, gatewayPort, problems);
  if (settings === null) throw new SettingsError(problems);
  const target = { ...readTemporalTarget({}), address: server.address, namespace: 'default' };
  const client = await connectTemporal({ ...target, encryption: readEncryption(env) });
  const end = () => client.connection.close();
  const start = (changed: Partial<GatewaySettings> = {}) =>
    startGateway({ ...settings, ...changed }, client, onProgress);
  try {
    const gateway = await start().catch((error: unknown) => {
      if (anyPort && error instanceof Error && error.name === 'GatewayPortError') return start({ port: 0 });
      throw error;
    });
    return {
      url: gateway.url,
      get counters() {
        return gateway.counters;
      },
      pending: () => gateway.pending(),
      close: () => gateway.close().finally(end),
    };
  } catch (error) {
    await end();
    throw error;
  }
}

function secretFor(env: Environment, dataDir: string): string {
  return env['IMAGEPIPELINE_CALLBACK_SECRET'] || devCallbackSecret(dataDir);
}
