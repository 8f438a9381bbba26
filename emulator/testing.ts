/** `imagepipeline-temporal-worker/testing`: the emulator for the tests of library users. */
import { type Emulator, type EmulatorOptions, type Rule, startEmulator } from './index';

export * from './index';

/** Options of the emulator, and the rules that apply from the start. */
export interface TestEmulatorOptions extends EmulatorOptions {
  /** Rules, tried in this order. Default: none. */
  readonly rules?: readonly Rule[];
}

/** A running emulator, with the settings that point a worker at it. */
export interface TestEmulator extends Emulator {
  /** Environment for `parseWorkerSettings`. */
  readonly env: { readonly IMAGEPIPELINE_API_KEY: string; readonly IMAGEPIPELINE_BASE_URL: string };
}

/**
 * Starts an emulator on a free port. Jobs end immediately unless `jobTime` is set.
 *
 * @throws EmulatorOptionsError with every problem of the options
 * @throws RuleError if a rule is invalid; nothing is left running
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
