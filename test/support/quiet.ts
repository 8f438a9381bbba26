import { createLog } from '../../telemetry';
import { installRuntime } from '../../worker';

let logging = false;

/** Failures are what tests provoke, so only errors of the workers themselves are shown. */
export function quiet(): void {
  const level = 'ERROR';
  const log = createLog({ format: 'text', level }, (line) => process.stderr.write(line));
  if (!logging) installRuntime({ level, log });
  logging = true;
}
