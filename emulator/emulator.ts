import type { AddressInfo } from 'node:net';
import type { Ledger } from './books/ledger';
import type { LimitChanges, LimitPeriod } from './books/limits';
import { Webhooks } from './callbacks/webhooks';
import { currentStatus } from './endpoints/job-status';
import { Submissions } from './endpoints/submissions';
import { parseRule } from './faults/rule-parser';
import type { Rule } from './faults/rules';
import { routes } from './http/routes';
import { buildServer } from './http/server';
import type { JobStatusResponse } from './jobs/status-body';
import { type EmulatorOptions, EmulatorOptionsError, toSettings } from './options';
import { World } from './world';

const HOST = '127.0.0.1';
const TALLY_INTERVAL_MS = 1_000;

/** A running emulator. */
export interface Emulator {
  /** For example `http://127.0.0.1:41234`, without a trailing slash. */
  readonly url: string;
  readonly port: number;
  /** The first of its API keys. */
  readonly apiKey: string;
  /** Appends a rule; throws a `RuleError` if it is invalid. */
  script(rule: Rule): void;
  clearScripts(): void;
  /** Returns the current books. */
  ledger(): Ledger;
  /** Changes the given limits; throws an `EmulatorOptionsError` with every problem. */
  setLimits(changes: LimitChanges): void;
  /** Limits in force since the start, oldest first. */
  limitPeriods(): readonly LimitPeriod[];
  /** What a status read of each job would return now, without counting as a read. */
  jobs(): readonly JobStatusResponse[];
  /** Forgets uploaded files: their addresses are answered with 404. */
  forgetUploads(): void;
  /** Ends everything: hanging connections, timers, deliveries. Can be called repeatedly. */
  close(): Promise<void>;
}

/** Starts an emulator on 127.0.0.1; throws an `EmulatorOptionsError` with every problem of the options, or if the port is taken. */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const settings = toSettings(options);
  const world = new World(settings);
  const webhooks = new Webhooks(world);
  const app = buildServer(routes(world, new Submissions(world, (job) => webhooks.watch(job))));
  try {
    await app.listen({ host: HOST, port: settings.port });
  } catch (error) {
    world.close();
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    const message = `cannot listen on ${HOST}:${settings.port} (${code}); must be another one, or 0 for any free port`;
    throw new EmulatorOptionsError([{ name: 'port', message }]);
  }
  const { port } = app.server.address() as AddressInfo;
  world.baseUrl = `http://${HOST}:${port}`;
  for (const job of world.book.jobs) webhooks.watch(job);
  const tallies = setInterval(() => world.writeTallies(), TALLY_INTERVAL_MS);
  return handle(world, port, async () => {
    clearInterval(tallies);
    await Promise.all([app.close(), webhooks.close()]);
    world.close();
  });
}

function handle(world: World, port: number, end: () => Promise<void>): Emulator {
  let ended: Promise<void> | null = null;
  return {
    url: world.baseUrl,
    port,
    apiKey: world.settings.apiKeys[0] ?? '',
    script: (rule) => world.rules.add(parseRule(rule)),
    clearScripts: () => world.rules.clear(),
    ledger: () => world.ledger(),
    setLimits: (changes) => world.setLimits(changes),
    limitPeriods: () => [...world.limitPeriods],
    jobs: () => world.book.jobs.map((job) => currentStatus(world, job)),
    forgetUploads: () => world.uploads.clear(),
    close: () => {
      ended ??= end();
      return ended;
    },
  };
}
