/** `imagepipeline-temporal/testing`: the emulator for the tests of those who use the library. */
import { type Emulator, type EmulatorOptions, type Rule, startEmulator } from './index';

export * from './index';

/** What the emulator can be told, and what it does from its start. */
export interface TestEmulatorOptions extends EmulatorOptions {
  /** What it does out of the ordinary, tried in this order. Default: nothing. */
  readonly rules?: readonly Rule[];
}

/** A running emulator, and how a worker is pointed at it. */
export interface TestEmulator extends Emulator {
  /** The settings by which a worker finds it, for `parseWorkerSettings`. */
  readonly env: { readonly IMAGEPIPELINE_API_KEY: string; readonly IMAGEPIPELINE_BASE_URL: string };
}

/**
 * Starts an emulator on a free port, whose jobs end at once unless `jobTime` says otherwise.
 *
 * @throws EmulatorOptionsError with every problem of the options
 * @throws RuleError for a rule that makes no sense; nothing is left running
 */
export async function startTestEmulator({ rules = [], ...options }: TestEmulatorOptions = {}): Promise<TestEmulator> {
  const emulator = await startEmulator({ jobTime: { medianMs: 1, sigma: 0 }, ...options });
  try {
    for (const rule of rules) emulator.script(rule);
  } catch (error) {
    await emulator.close();
    throw error;
  }
  const { apiKey, url } = emulator;
  return { ...emulator, env: { IMAGEPIPELINE_API_KEY: apiKey, IMAGEPIPELINE_BASE_URL: url } };
}
