/** Batches as somebody at a terminal has them: files, commands, and what the provider's books say afterwards. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { BatchStatus } from '../../client/batches/batch-status';
import type { LedgerEntry } from '../../emulator';
import type { ItemResultRow } from '../../workflows/domain/item/item';
import type { Rig } from '../support/rig';
import { tempFolder } from '../support/temp-folder';
import { runInside } from './cli-inside';
import type { Finished } from './cli-process';

const HEAD = 'key,prompt,width,height,output_format';

interface Ended extends Finished {
  /** When the batch has ended. */
  readonly status: BatchStatus;
}

export class BatchCli {
  readonly folder = tempFolder();

  /** @param env beside the address of the server and the store */
  constructor(
    private readonly rig: Pick<Rig, 'client' | 'emulator' | 'server' | 'store'>,
    private readonly env: Readonly<Record<string, string>> = {},
  ) {}

  run(...args: readonly string[]): Promise<Finished> {
    const { server, store } = this.rig;
    const env = { ...server.env, IMAGEPIPELINE_STORE: store, ...this.env };
    return runInside(args, this.folder, env);
  }

  /** Runs `plan --json`. */
  async plan(...args: readonly string[]) {
    const { code, stdout, stderr } = await this.run('plan', ...args, '--json');
    if (stdout === '') throw new Error(stderr);
    return { code, plan: JSON.parse(stdout) };
  }

  /** Runs `batch` or `redrive`, and waits for the end as the library does, which does not look once a second only. */
  async toEnd(command: 'batch' | 'redrive', id: string, ...args: readonly string[]): Promise<Ended> {
    const named = command === 'batch' ? ['--id', id, ...args] : [id, ...args];
    const finished = await this.run(command, ...named, '--detach');
    return { ...finished, status: await this.rig.client.batch(id).result() };
  }

  write(name: string, content: string | Buffer): string {
    writeFileSync(path.join(this.folder, name), content);
    return name;
  }

  /** A CSV with one row for each prompt. The batch's id is in the prompts, so that the ledger can tell batches apart. */
  writeRows(id: string, prompts: Readonly<Record<string, string>>, name = `${id}.csv`): string {
    const rows = Object.entries(prompts).map(([key, text]) => `${key},"${formatPrompt(id, key)} ${text}",32,32,png`);
    return this.write(name, [HEAD, ...rows, ''].join('\n'));
  }

  async lines(id: string, ...args: readonly string[]): Promise<readonly ItemResultRow[]> {
    const { code, stdout, stderr } = await this.run('results', id, ...args);
    if (code !== 0) throw new Error(`results ended with ${code}: ${stderr}`);
    return stdout.split('\n').flatMap((line): readonly ItemResultRow[] => (line === '' ? [] : [JSON.parse(line)]));
  }

  /** What the provider accepted for an item. */
  jobs(id: string, key: string): readonly LedgerEntry[] {
    return this.rig.emulator.ledger().jobs.filter(({ prompt }) => prompt.startsWith(formatPrompt(id, key)));
  }
}

export function formatPrompt(id: string, key: string): string {
  return `a picture of ${key} for ${id}.`;
}

/** Outcomes by key, and the codes of all submissions. */
export function summarize(lines: readonly ItemResultRow[]): Readonly<Record<string, readonly (string | null)[]>> {
  return Object.fromEntries(
    lines.map(({ key, outcome, submissions }) => [key, [outcome, ...submissions.map(({ code }) => code)]]),
  );
}
