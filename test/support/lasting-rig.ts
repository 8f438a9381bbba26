/** A rig whose Temporal server keeps its data in a file, so that it can be killed, started again, or put back in time. */
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { ImagePipelineApi } from '../../activities';
import { ImagePipelineClient } from '../../client';
import { type Emulator, type EmulatorOptions, startEmulator } from '../../emulator';
import { startTemporalServer, type TemporalServer } from '../../tools/temporal';
import type { RunningWorker } from '../../worker';
import { NO_BOUNDS } from '../../workflows/domain/pace/pace';
import { startRigWorker } from './rig-worker';
import { tempFolder } from './temp-folder';

export interface LastingRig {
  readonly emulator: Emulator;
  readonly client: ImagePipelineClient;
  /** Folder of the store. */
  readonly store: string;
  /** Ends the server's process without warning; nobody answers at its address until `startServer`. */
  killServer(): Promise<void>;
  /** At the same address, with the data that is there. */
  startServer(): Promise<void>;
  /** What the server knows now, while it is stopped. */
  copyDatabase(): string;
  /** Puts the server's data back to what they were, while it is stopped. */
  restoreDatabase(copy: string): void;
  startWorker(): Promise<void>;
  stopWorker(): Promise<void>;
  close(): Promise<void>;
}

interface LastingRigOptions {
  readonly emulator?: EmulatorOptions;
  /** Wraps the API client of the worker. */
  readonly api?: (real: ImagePipelineApi, rig: () => LastingRig) => ImagePipelineApi;
}

export async function startLastingRig({
  api = (real) => real,
  ...options
}: LastingRigOptions = {}): Promise<LastingRig> {
  const folder = tempFolder();
  const data = path.join(folder, 'data');
  mkdirSync(data);
  const serve = (port: number): Promise<TemporalServer> =>
    startTemporalServer({
      cliPath: process.env['TEMPORAL_CLI_PATH'] ?? '',
      port,
      uiPort: null,
      dbFile: path.join(data, 'temporal.db'),
    });
  let server = await serve(0);
  const { address } = server;
  const port = Number(address.split(':')[1]);
  const emulator = await startEmulator({ jobTime: { medianMs: 1, sigma: 0 }, ...options.emulator });
  const client = await ImagePipelineClient.connect({ env: { TEMPORAL_ADDRESS: address } });
  const store = path.join(folder, 'store');
  let worker: RunningWorker | null = null;
  let copies = 0;
  const rig: LastingRig = {
    emulator,
    client,
    store,
    killServer: async () => {
      process.kill(server.pid, 'SIGKILL');
      await server.exited;
    },
    startServer: async () => {
      server = await serve(port);
    },
    copyDatabase: () => {
      copies += 1;
      const copy = path.join(folder, `copy-${copies}`);
      cpSync(data, copy, { recursive: true });
      return copy;
    },
    restoreDatabase: (copy) => {
      // Nothing newer may stay beside it.
      rmSync(data, { recursive: true });
      cpSync(copy, data, { recursive: true });
    },
    startWorker: async () => {
      const settings = { apiKey: emulator.apiKey, baseUrl: emulator.url, bounds: NO_BOUNDS, store, callbacks: null };
      const shared = { encryption: '', namespace: 'default', delays: 0.0005, activities: {} };
      worker = await startRigWorker({ ...shared, settings, address }, { api: (real) => api(real, () => rig) });
    },
    stopWorker: async () => {
      await worker?.stop();
      worker = null;
    },
    close: async () => {
      await rig.stopWorker();
      await Promise.all([client.close(), emulator.close()]);
      await server.stop();
    },
  };
  await rig.startWorker();
  return rig;
}
