/** What the seeds of one lane share: a server with a database, a worker, perhaps a gateway, and a store. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, realpathSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { ImagePipelineClient } from '../../client';
import { runCli } from '../../client/cli/main';
import { pickLowPort } from '../../tools/compose/low-port';
import { startTemporalServer, type TemporalServer } from '../../tools/temporal';
import { findPackageRoot } from '../../tools/temporal/package-root';
import { type Child, type Speaker, startChild } from './children';
import type { Leftovers } from './evidence';
import { listening, processesMarked } from './left-behind';

export interface StackKind {
  readonly callbacks: boolean;
  /** Whether the server has a database, so that it may be killed; else everything is in its memory. */
  readonly isLasting: boolean;
}

export interface StackOptions extends StackKind {
  readonly cliPath: string;
  /** PATH and HOME of the children; nothing else of ours may leak into them. */
  readonly env: NodeJS.ProcessEnv;
}

/** Longest file that a worker can write whose disk is full. */
const FULL_DISK_BYTES = 200;
/** Of a child that ends before it is ready. */
const MOST_STARTS = 5;
/** Of what a service said last that ended by itself. */
const LAST_WORDS = 2_000;
const MARK = 'CHAOS_MARK';
const API_KEY = 'ip_live_chaos_0123456789';
const ROOT = findPackageRoot();
const CLI = path.join(ROOT, 'bin', 'imagepipeline.js');
const WORKER = path.join(ROOT, 'dist', 'bench', 'chaos-worker.js');

interface Ports {
  readonly emulator: number;
  readonly gateway: number;
}

export class Stack {
  readonly store: string;
  readonly apiKey = API_KEY;
  readonly callbackSecret = randomBytes(24).toString('hex');
  /** All who said something since the start, by what they are. */
  readonly logs: { readonly where: string; readonly speaker: Speaker }[] = [];
  private readonly temporary: string;
  /** In the environment of every child, so that those can be found that were left behind. */
  private readonly mark: string;
  private workers: Child[] = [];
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
    this.temporary = path.join(folder, 'tmp');
    mkdirSync(this.temporary);
  }

  static async start(options: StackOptions): Promise<Stack> {
    const folder = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'imagepipeline-chaos-')));
    // What is killed comes back to the same port, which a connection of somebody else must not have taken meanwhile.
    const [server, emulator, gateway] = await Promise.all([pickLowPort(), pickLowPort(), pickLowPort()]);
    const mark = `chaos-${randomBytes(8).toString('hex')}`;
    const startServer = (port: number) =>
      startTemporalServer({
        cliPath: options.cliPath,
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
  command(args: readonly string[], account: string): Child {
    return this.child('command line', [CLI, ...args], { IMAGEPIPELINE_ACCOUNT: account });
  }

  /** The same in our own process, for what is not to be killed: starting one is a twentieth of what a seed costs. */
  async commandInside(args: readonly string[], account: string): Promise<number> {
    let said = '';
    this.logs.push({ where: 'command line', speaker: { log: () => said } });
    const stream = {
      write: (text: string) => {
        said += text;
        return true;
      },
    };
    const env = { ...this.environment(), IMAGEPIPELINE_ACCOUNT: account };
    return runCli(args, { env, cwd: this.folder, stdout: stream, stderr: stream });
  }

  async startWorker(): Promise<void> {
    const worker = await this.supervised('worker', [WORKER]);
    this.workers.push(worker);
    void worker.ended.then((end) => {
      this.workers = this.workers.filter((one) => one !== worker);
      this.noteDeath('worker', worker, end);
    });
  }

  async killWorker(): Promise<void> {
    const worker = this.takeWorker();
    worker.send('SIGKILL');
    await worker.ended;
  }

  /** Of the oldest worker. */
  signalWorker(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.workers[0]?.send(signal);
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
    for (const { pid } of this.workers) {
      execFileSync('prlimit', ['--pid', String(pid), `--fsize=${isFull ? FULL_DISK_BYTES : 'unlimited'}:`]);
    }
  }

  async killServer(): Promise<void> {
    if (!this.options.isLasting) throw new Error('this server would forget everything; give the seed a lasting one');
    process.kill(this.server.pid, 'SIGKILL');
    await this.server.exited;
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
    const children = [...this.workers, ...(this.gateway === null ? [] : [this.gateway])];
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
  private async supervised(where: string, args: readonly string[]): Promise<Child> {
    for (let start = 1; ; start += 1) {
      const child = this.child(where, args);
      const isReady = child.says(/^ready/m).then(() => true);
      if (await Promise.race([isReady, child.ended.then(() => false)])) return child;
      await isReady.catch((error: unknown) => {
        if (start === MOST_STARTS) throw error;
      });
    }
  }

  private noteDeath(where: string, child: Child, end: number | NodeJS.Signals): void {
    if (!child.isDismissed()) this.deaths.push(`${where} ended with ${end}: ${child.log().slice(-LAST_WORDS)}`);
  }

  private takeWorker(): Child {
    const worker = this.workers.shift();
    if (worker === undefined) throw new Error('there is no worker');
    return worker;
  }

  private child(where: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Child {
    const child = startChild(args, this.folder, { ...this.environment(), ...env });
    this.logs.push({ where, speaker: child });
    return child;
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
      TEMPORAL_ADDRESS: this.server.address,
      IMAGEPIPELINE_BASE_URL: `http://127.0.0.1:${ports.emulator}`,
      IMAGEPIPELINE_API_KEY: this.apiKey,
      IMAGEPIPELINE_STORE: this.store,
      ...(options.callbacks ? callbacks : {}),
    };
  }
}
