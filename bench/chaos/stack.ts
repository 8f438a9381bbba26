/** The services that the seeds of a lane share: server, workers, a store, and optionally a gateway. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runCli } from '../../cli/main';
import { ImagePipelineClient } from '../../client';
import { pickLowPort } from '../../tools/compose/low-port';
import { startTemporalServer, type TemporalServer } from '../../tools/temporal';
import { findPackageRoot } from '../../tools/temporal/package-root';
import { type Child, type Speaker, startChild } from './children';
import type { Leftovers } from './evidence';
import { listening, processesMarked } from './left-behind';
import { type Line, startLine } from './line';
import type { Slowness } from './slow-files';
import { StoreFolder } from './store-folder';

export interface StackKind {
  readonly callbacks: boolean;
  /** Whether the server has a database and can be killed, instead of keeping everything in memory. */
  readonly isLasting: boolean;
  /** Whether workflows continue as new after a few events. */
  readonly fewEvents: boolean;
}

/** Options of a command, besides its arguments. */
interface CommandTerms {
  readonly account: string;
  /** Default: the workers' store. */
  readonly store?: string;
}

interface StackOptions extends StackKind {
  readonly cliPath: string;
  /** PATH and HOME of the children, which receive nothing else of our environment. */
  readonly env: NodeJS.ProcessEnv;
}

/** Maximum file size of a worker with a full disk, in bytes. */
const FULL_DISK_BYTES = 200;
/** Maximum starts of a child that ends before it is ready. */
const MAX_STARTS = 5;
/** Characters kept of the last output of a service that stopped unexpectedly. */
const LAST_WORDS = 2_000;
const MARK = 'CHAOS_MARK';
const API_KEY = 'ip_live_chaos_0123456789';
const ROOT = findPackageRoot();
const CLI = path.join(ROOT, 'bin', 'imagepipeline.js');
const WORKER = path.join(ROOT, 'dist', 'bench', 'chaos-worker.js');
const SLOW_FILES = path.join(ROOT, 'dist', 'bench', 'chaos-slow-files.js');
/** Number of events after which the server suggests continue-as-new; 4,096 by default. */
const FEW_EVENTS = 'limit.historyCount.suggestContinueAsNew=24';

interface Ports {
  readonly emulator: number;
  readonly gateway: number;
}

interface CommandEnd {
  readonly exit: number;
  /** Output of both streams. */
  readonly said: string;
}

export class Stack {
  readonly storeFolder: StoreFolder;
  readonly apiKey = API_KEY;
  readonly callbackSecret = randomBytes(24).toString('hex');
  /** All children since the start, by role. */
  readonly logs: { readonly where: string; readonly speaker: Speaker }[] = [];
  /** An empty folder for batches that workers cannot find. */
  readonly otherStore: string;
  /** Used ids and accounts. */
  readonly used = new Set<string>();
  private readonly temporary: string;
  private readonly slowFiles: string;
  private workersStarted = 0;
  /** Help texts by command. */
  private readonly helps = new Map<string, string>();
  private workers: { readonly child: Child; readonly clock: string; readonly line: Line }[] = [];
  private deaths: string[] = [];
  private gateway: Child | null = null;
  private connected: ImagePipelineClient | null = null;

  private constructor(
    private readonly options: StackOptions,
    readonly folder: string,
    readonly ports: Ports,
    private readonly startServer: (port: number) => Promise<TemporalServer>,
    private server: TemporalServer,
    /** Mark in the environment of every child, by which leftovers are found. */
    private readonly mark: string,
  ) {
    this.storeFolder = new StoreFolder(path.join(folder, 'store'));
    this.otherStore = path.join(folder, 'elsewhere');
    this.slowFiles = path.join(folder, 'slow-files.json');
    this.temporary = path.join(folder, 'tmp');
    for (const made of [this.temporary, this.storeFolder.path]) mkdirSync(made);
  }

  static async start(options: StackOptions): Promise<Stack> {
    const folder = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'imagepipeline-chaos-')));
    // A restarted service uses the same port, which no other connection may take meanwhile.
    const [server, emulator, gateway] = await Promise.all([pickLowPort(), pickLowPort(), pickLowPort()]);
    const mark = `chaos-${randomBytes(8).toString('hex')}`;
    const startServer = (port: number) =>
      startTemporalServer({
        cliPath: options.fewEvents ? withFewEvents(options.cliPath, folder) : options.cliPath,
        port,
        uiPort: null,
        ...(options.isLasting ? { dbFile: path.join(folder, 'temporal.db') } : {}),
        env: { ...options.env, [MARK]: mark },
      });
    const ports = { emulator, gateway };
    const stack = new Stack(options, folder, ports, startServer, await startServer(server), mark);
    try {
      stack.connected = await ImagePipelineClient.connect({ env: { TEMPORAL_ADDRESS: stack.server.address } });
      await Promise.all([stack.startWorker(), stack.startGateway()]);
      return stack;
    } catch (error) {
      await stack.stop();
      throw error;
    }
  }

  get client(): ImagePipelineClient {
    if (this.connected === null) throw new Error('the stack is not connected');
    return this.connected;
  }

  /** Runs the command line as a user does. */
  command(args: readonly string[], terms: CommandTerms): Child {
    return this.child('command line', [CLI, ...args], toSettings(terms));
  }

  /** The same, with slow writes to the store if `setSlow` is set. */
  slowCommand(args: readonly string[], terms: CommandTerms): Child {
    return this.child('command line', ['--require', SLOW_FILES, CLI, ...args], toSettings(terms));
  }

  /** Creates a client for this account. The caller closes it. */
  connect(account: string): Promise<ImagePipelineClient> {
    const env = { TEMPORAL_ADDRESS: this.server.address };
    return ImagePipelineClient.connect({ env, account, store: this.storeFolder.path });
  }

  /** Runs a command in this process, if it need not be killed: a process costs a twentieth of a seed. */
  async commandInside(args: readonly string[], terms: CommandTerms): Promise<CommandEnd> {
    let said = '';
    this.logs.push({ where: 'command line', speaker: { log: () => said } });
    const stream = {
      write: (text: string) => {
        said += text;
        return true;
      },
    };
    const env = { ...this.environment(), ...toSettings(terms) };
    const exit = await runCli(args, { env, cwd: this.folder, stdout: stream, stderr: stream });
    return { exit, said };
  }

  /** Whether a command has this flag, which older releases lack. */
  async knows(command: string, flag: string): Promise<boolean> {
    const help = this.helps.get(command) ?? (await this.commandInside([command, '--help'], { account: '-' })).said;
    this.helps.set(command, help);
    return help.includes(flag);
  }

  async startWorker(): Promise<void> {
    this.workersStarted += 1;
    const clock = path.join(this.folder, `clock-${this.workersStarted}`);
    const line = await startLine(this.server.address);
    const child = await this.supervised('worker', [WORKER], { CHAOS_CLOCK: clock, TEMPORAL_ADDRESS: line.address });
    const worker = { child, clock, line };
    this.workers.push(worker);
    void child.ended.then(async (end) => {
      this.workers = this.workers.filter((one) => one !== worker);
      this.noteDeath('worker', child, end);
      await line.close();
    });
  }

  /** Of the oldest worker. */
  async endWorker(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const worker = this.takeWorker();
    worker.send(signal);
    await worker.ended;
  }

  /** Of the oldest worker. */
  signalWorker(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.workers[0]?.child.send(signal);
  }

  /** What connects the oldest worker with Temporal. */
  get line(): Line | undefined {
    return this.workers[0]?.line;
  }

  /** Of the oldest worker. */
  jumpClock(ms: number): void {
    const [worker] = this.workers;
    if (worker === undefined) return;
    writeFileSync(worker.clock, String(ms));
    worker.child.send('SIGUSR2');
  }

  /** Delays writes of workers and of commands started for it; `null` for none. */
  setSlow(slowness: Slowness | null): void {
    if (slowness === null) rmSync(this.slowFiles, { force: true });
    else writeFileSync(this.slowFiles, JSON.stringify(slowness));
  }

  /** Stops all workers but the newest and replaces services that stopped unexpectedly; returns those with their output. */
  async tidy(): Promise<readonly string[]> {
    while (this.workers.length > 1) await this.endWorker('SIGTERM');
    const deaths = this.deaths;
    this.deaths = [];
    if (this.workers.length === 0) await this.startWorker();
    if (this.gateway?.hasEnded()) await this.startGateway();
    return deaths;
  }

  setDiskFull(isFull: boolean): void {
    for (const { child } of this.workers) {
      execFileSync('prlimit', ['--pid', String(child.pid), `--fsize=${isFull ? FULL_DISK_BYTES : 'unlimited'}:`]);
    }
  }

  /** @param awayMs how long it stays absent, in ms */
  async killServer(awayMs = 0): Promise<void> {
    if (!this.options.isLasting) throw new Error('this server has no database and must not be killed');
    process.kill(this.server.pid, 'SIGKILL');
    await this.server.exited;
    await sleep(awayMs);
    this.server = await this.startServer(Number(this.server.address.split(':')[1]));
  }

  async startGateway(): Promise<void> {
    if (!this.options.callbacks) return;
    const gateway = await this.supervised('gateway', [CLI, 'gateway', '--gateway-port', String(this.ports.gateway)]);
    this.gateway = gateway;
    void gateway.ended.then((end) => this.noteDeath('gateway', gateway, end));
  }

  async killGateway(): Promise<void> {
    this.gateway?.send('SIGKILL');
    await this.gateway?.ended;
    await this.startGateway();
  }

  /** Ends everything, removes the stack's folder, and returns leftovers. */
  async stop(): Promise<Leftovers> {
    const workers = this.workers.map(({ child }) => child);
    const children = [...workers, ...(this.gateway === null ? [] : [this.gateway])];
    for (const child of children) child.send('SIGTERM');
    await Promise.all(children.map(({ ended }) => ended));
    await this.connected?.close();
    await this.server.stop();
    const ports = [this.ports.emulator, this.ports.gateway, Number(this.server.address.split(':')[1])];
    const left = { processes: processesMarked(this.mark), ports: await listening(ports), files: [] };
    await rm(this.folder, { recursive: true, force: true });
    return left;
  }

  /** Folders that must be empty when a batch has ended. */
  get temporaryFolders(): readonly string[] {
    return [this.temporary, path.join(this.storeFolder.path, '.incoming')];
  }

  /** Restarts it if it ends before it is ready, as a supervisor does: the server may be down. */
  private async supervised(where: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Child> {
    for (let start = 1; ; start += 1) {
      const child = this.child(where, args, env);
      const isReady = child.says(/^ready/m).then(() => true);
      if (await Promise.race([isReady, child.ended.then(() => false)])) return child;
      await isReady.catch((error: unknown) => {
        if (start === MAX_STARTS) throw error;
      });
    }
  }

  private noteDeath(where: string, child: Child, end: number | NodeJS.Signals): void {
    if (!child.isDismissed()) this.deaths.push(`${where} ended with ${end}: ${child.log().slice(-LAST_WORDS)}`);
  }

  private takeWorker(): Child {
    const worker = this.workers.shift();
    if (worker === undefined) throw new Error('there is no worker');
    return worker.child;
  }

  private child(where: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Child {
    const child = startChild(args, this.folder, { ...this.environment(), ...env });
    this.logs.push({ where, speaker: child });
    return child;
  }

  private environment(): NodeJS.ProcessEnv {
    const { options, ports } = this;
    return {
      ...options.env,
      NO_COLOR: '1',
      TMPDIR: this.temporary,
      [MARK]: this.mark,
      CHAOS_SLOW_FILES: this.slowFiles,
      TEMPORAL_ADDRESS: this.server.address,
      IMAGEPIPELINE_BASE_URL: `http://127.0.0.1:${ports.emulator}`,
      IMAGEPIPELINE_API_KEY: this.apiKey,
      IMAGEPIPELINE_STORE: this.storeFolder.path,
      ...(options.callbacks ? toCallbackSettings(ports.gateway, this.callbackSecret) : {}),
    };
  }
}

function toSettings({ account, store }: CommandTerms): NodeJS.ProcessEnv {
  return { IMAGEPIPELINE_ACCOUNT: account, ...(store === undefined ? {} : { IMAGEPIPELINE_STORE: store }) };
}

function toCallbackSettings(port: number, secret: string): NodeJS.ProcessEnv {
  return { IMAGEPIPELINE_CALLBACK_URL: `http://127.0.0.1:${port}`, IMAGEPIPELINE_CALLBACK_SECRET: secret };
}

/** Writes a Temporal CLI that starts its server with one more setting. */
function withFewEvents(cliPath: string, folder: string): string {
  const file = path.join(folder, 'temporal');
  writeFileSync(file, `#!/bin/sh\nexec '${cliPath}' "$@" --dynamic-config-value '${FEW_EVENTS}'\n`);
  chmodSync(file, 0o755);
  return file;
}
