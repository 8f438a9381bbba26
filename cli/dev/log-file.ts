import { createWriteStream, mkdirSync } from 'node:fs';
import path from 'node:path';
import { createLog } from '../../telemetry';
import { installRuntime } from '../../worker';

/** Sends the worker's log to a file: the terminal shows only links and commands. */
export function logToFile(dataDir: string): void {
  mkdirSync(dataDir, { recursive: true });
  const file = createWriteStream(path.join(dataDir, 'worker.log'), { flags: 'a' });
  const level = 'WARN';
  installRuntime({ level, log: createLog({ format: 'text', level }, (line) => file.write(line)) });
}
