/** What the seeds of one lane share: a server with a database, a worker, perhaps a gateway, and a store. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { cp, rename, rm, writeFile } from 'node:fs/promises';
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
import type { Slowness } from './slow-files';

/** What the system answers where a folder lies in the way. */
const MADE_ANEW: readonly string[] = ['EISDIR', 'ENOTEMPTY', 'EEXIST'];

export interface StackKind {
  readonly callbacks: boolean;
  /** Whether the server has a database, so that it may be killed; else everything is in its memory. */
  readonly isLasting: boolean;
  /** Whether workflows begin anew after a few events. */
  readonly fewEvents: boolean;
}

/** What one command is given beside its words. */
export interface CommandTerms {
  readonly account: string;
  /** Default: the one that the workers have. */
  readonly store?: string;
}

export interface StackOptions extends StackKind {
  readonly cliPath: string;
  /** PATH and HOME of the children; nothing else of ours may leak into them. */
  readonly env: NodeJS.ProcessEnv;
}

/** Longest file that a worker can write whose disk is full. */
const FULL_DISK_BYTES = 200;
/** Of a child that ends before it is ready. */
const MAX_STARTS = 5;
/** Of what a service said last that ended by itself. */
const LAST_WORDS = 2_000;
const MARK = 'CHAOS_MARK';
const API_KEY = 'ip_live_chaos_0123456789';
const ROOT = findPackageRoot();
const CLI = path.join(ROOT, 'bin', 'imagepipeline.js');
const WORKER = path.join(ROOT, 'dist', 'bench', 'chaos-worker.js');
const SLOW_FILES = path.join(ROOT, 'dist', 'bench', 'chaos-slow-files.js');
/** After so many events the server suggests to begin anew; 4,096 by default. */
const FEW_EVENTS = 'limit.historyCount.suggestContinueAsNew=24';

interface Ports {
  readonly emulator: number;
  readonly gateway: number;
}

export interface CommandEnd {
  readonly exit: number;
  /** Both streams. */
  readonly said: string;
}

export class Stack {
  readonly store: string;
  readonly apiKey = API_KEY;
  readonly callbackSecret = randomBytes(24).toString('hex');
  /** All who said something since the start, by what they are. */
  readonly logs: { readonly where: string; readonly speaker: Speaker }[] = [];
  /** Where nothing is that a worker could find. */
  readonly otherStore: string;
  /** Ids and accounts that were used, which are nobody else's any more. */
  readonly used = new Set<string>();
  private readonly temporary: string;
  private readonly slowFiles: string;
  private workersStarted = 0;
  /** What commands say of themselves, by their name. */
  private readonly helps = new Map<string, string>();
  /** In the environment of every child, so that those can be found that were left behind. */
  private readonly mark: string;
  private workers: { readonly child: Child; readonly clock: string }[] = [];
  private deaths: string[] = [];
  private gateway: Child | null = null;
  private connected: ImagePipelineClient | null = null;

  private constructor(
    private readonly options: StackOptions,
    readonly folder: string,
    readonly ports: Ports,
    private readonly startServer: (port: number) => Promise<TemporalServer>,
    private server: TemporalServer,
    mark: string,
  ) {
    this.mark = mark;
    this.store = path.join(folder, 'store');
    this.otherStore = path.join(folder, 'elsewhere');
    this.slowFiles = path.join(folder, 'slow-files.json');
    this.temporary = path.join(folder, 'tmp');
    for (const made of [this.temporary, this.store]) mkdirSync(made);
  }

  static async start(options: StackOptions): Promise<Stack> {
    const folder = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'imagepipeline-chaos-')));
    // What is killed comes back to the same port, which a connection of somebody else must not have taken meanwhile.
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

  /** The command line as a user would run it. */
  command(args: readonly string[], terms: CommandTerms): Child {
    return this.child('command line', [CLI, ...args], this.environmentOf(terms));
  }

  /** The same, and slow to write into the store if `setSlow` says so. */
  slowCommand(args: readonly string[], terms: CommandTerms): Child {
    return this.child('command line', ['--require', SLOW_FILES, CLI, ...args], this.environmentOf(terms));
  }

  /** For this account. To be closed by the caller. */
  connect(account: string): Promise<ImagePipelineClient> {
    return ImagePipelineClient.connect({ env: { TEMPORAL_ADDRESS: this.server.address }, account });
  }

  /** The same in our own process, for what is not to be killed: starting one is a twentieth of what a seed costs. */
  async commandInside(args: readonly string[], terms: CommandTerms): Promise<CommandEnd> {
    let said = '';
    this.logs.push({ where: 'command line', speaker: { log: () => said } });
    const stream = {
      write: (text: string) => {
        said += text;
        return true;
      },
    };
    const env = { ...this.environment(), ...this.environmentOf(terms) };
    const exit = await runCli(args, { env, cwd: this.folder, stdout: stream, stderr: stream });
    return { exit, said };
  }

  /** Whether a command has this flag: older releases have not. */
  async knows(command: string, flag: string): Promise<boolean> {
    const help = this.helps.get(command) ?? (await this.commandInside([command, '--help'], { account: '-' })).said;
    this.helps.set(command, help);
    return help.includes(flag);
  }

  async startWorker(): Promise<void> {
    this.workersStarted += 1;
    const clock = path.join(this.folder, `clock-${this.workersStarted}`);
    const child = await this.supervised('worker', [WORKER], { CHAOS_CLOCK: clock });
    const worker = { child, clock };
    this.workers.push(worker);
    void child.ended.then((end) => {
      this.workers = this.workers.filter((one) => one !== worker);
      this.noteDeath('worker', child, end);
    });
  }

  async killWorker(): Promise<void> {
    const worker = this.takeWorker();
    worker.send('SIGKILL');
    await worker.ended;
  }

  /** Of the oldest worker. */
  signalWorker(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.workers[0]?.child.send(signal);
  }

  /** Of the oldest worker. */
  jumpClock(ms: number): void {
    const [worker] = this.workers;
    if (worker === undefined) return;
    writeFileSync(worker.clock, String(ms));
    worker.child.send('SIGUSR2');
  }

  /** Of workers, and of commands that are started for it; `null`: as fast as the disk. */
  setSlow(slowness: Slowness | null): void {
    if (slowness === null) rmSync(this.slowFiles, { force: true });
    else writeFileSync(this.slowFiles, JSON.stringify(slowness));
  }

  /** A file lies where the folder was, so that nothing can be read, written or made there. */
  async takeStoreAway(): Promise<void> {
    await rename(this.store, this.storeAway);
    await this.unlessMadeAnew(() => writeFile(this.store, ''));
  }

  async bringStoreBack(): Promise<void> {
    await rm(this.store);
    await this.unlessMadeAnew(() => rename(this.storeAway, this.store));
  }

  /** A worker may make the folder anew in between: what it has put there belongs to what was taken away. */
  private async unlessMadeAnew(change: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        return await change();
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && MADE_ANEW.includes(String(error.code)))) throw error;
      }
      await cp(this.store, this.storeAway, { recursive: true, force: false });
      await rm(this.store, { recursive: true, force: true });
    }
  }

  private get storeAway(): string {
    return `${this.store}-away`;
  }

  /** Lets go of all workers but the newest, and replaces what has ended by itself; tells who has, and what it said. */
  async tidy(): Promise<readonly string[]> {
    while (this.workers.length > 1) {
      const worker = this.takeWorker();
      worker.send('SIGTERM');
      await worker.ended;
    }
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

  /** @param awayMs how long it is away */
  async killServer(awayMs = 0): Promise<void> {
    if (!this.options.isLasting) throw new Error('this server would forget everything; give the seed a lasting one');
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

  /** Ends everything; what is left then, should not be. The folder of the stack goes with it. */
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

  /** Folders in which nothing may be left when a batch has ended. */
  get temporaryFolders(): readonly string[] {
    return [this.temporary, path.join(this.store, '.incoming')];
  }

  /** Started again when it ends before it is ready, as by a supervisor: the server may be down just then. */
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

  private environmentOf({ account, store = this.store }: CommandTerms): NodeJS.ProcessEnv {
    return { IMAGEPIPELINE_ACCOUNT: account, IMAGEPIPELINE_STORE: store };
  }

  private environment(): NodeJS.ProcessEnv {
    const { options, ports } = this;
    const callbacks = {
      IMAGEPIPELINE_CALLBACK_URL: `http://127.0.0.1:${ports.gateway}`,
      IMAGEPIPELINE_CALLBACK_SECRET: this.callbackSecret,
    };
    return {
      ...options.env,
      NO_COLOR: '1',
      TMPDIR: this.temporary,
      [MARK]: this.mark,
      CHAOS_SLOW_FILES: this.slowFiles,
      TEMPORAL_ADDRESS: this.server.address,
      IMAGEPIPELINE_BASE_URL: `http://127.0.0.1:${ports.emulator}`,
      IMAGEPIPELINE_API_KEY: this.apiKey,
      IMAGEPIPELINE_STORE: this.store,
      ...(options.callbacks ? callbacks : {}),
    };
  }
}

/** The command line of Temporal, but its server is told one thing more. */
function withFewEvents(cliPath: string, folder: string): string {
  const file = path.join(folder, 'temporal');
  writeFileSync(file, `#!/bin/sh\nexec '${cliPath}' "$@" --dynamic-config-value '${FEW_EVENTS}'\n`);
  chmodSync(file, 0o755);
  return file;
}
