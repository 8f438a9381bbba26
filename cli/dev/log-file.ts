import { createWriteStream, mkdirSync } from 'node:fs';
import path from 'node:path';
import { createLog } from '../../telemetry';
import { installRuntime } from '../../worker';

/** The terminal is for the links and for what the person does; what the worker has to say goes into a file. */
export function logToFile(dataDir: string): void {
  mkdirSync(dataDir, { recursive: true });
  const file = createWriteStream(path.join(dataDir, 'worker.log'), { flags: 'a' });
  const level = 'WARN';
  installRuntime({ level, log: createLog({ format: 'text', level }, (line) => file.write(line)) });
}
