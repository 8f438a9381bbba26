/** Processes that start the batch: one, or two at once with different rows. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RequestFields } from '../../workflows/domain/item/item';
import type { Child } from './children';
import { formatKey, type RowKind, type StartEvidence } from './evidence';
import type { SeedContext } from './seed-context';

const AGAIN_MS = 1_500;
/** Exit code of an id that is taken. */
const REFUSED = 2;
/** Maximum characters kept of a command's last output. */
const LAST_WORDS = 500;

/** Time of each write to the store of two starters, in ms: both begin before either has ended. */
export const SLOW_START = { leastMs: 20, mostMs: 150, pattern: '/batches/' } as const;

export class Starters {
  readonly starts: StartEvidence[] = [];
  /** The command that follows the batch; `null` if none does. */
  command: Child | null = null;

  constructor(
    private readonly context: SeedContext,
    private readonly isOver: () => boolean,
    private readonly endAt: number,
  ) {}

  async run(): Promise<void> {
    const { plan } = this.context;
    if (plan.scene === 'two starters') await Promise.all([this.compete('own'), this.compete('rival')]);
    else await this.follow();
  }

  /** Starts the same command again whenever it was killed or left work, as a user does. */
  private async follow(): Promise<void> {
    const args = this.wordsOf('own');
    const { stack, account, plan } = this.context;
    let end: StartEnd = { exit: null, said: '' };
    while (!this.isOver()) {
      if (plan.isFollowed) end = await this.followed(args);
      else end = await stack.commandInside([...args, '--detach'], { account });
      if (!plan.isFollowed && end.exit === 0) break;
      if (!this.isOver()) await sleep(AGAIN_MS);
    }
    this.note('own', end);
  }

  private async followed(args: readonly string[]): Promise<StartEnd> {
    const { stack, account } = this.context;
    this.command = stack.command([...args, '--json'], { account });
    const late = sleep(Math.max(0, this.endAt - Date.now()), 'late' as const, { ref: false });
    if ((await Promise.race([this.command.ended, late])) === 'late') this.command.send('SIGTERM');
    return awaitEnd(this.command);
  }

  /** Repeats until the batch is started or the id is taken. */
  private async compete(rows: RowKind): Promise<void> {
    const { stack, account } = this.context;
    const args = [...this.wordsOf(rows), '--detach'];
    for (;;) {
      const end = await awaitEnd(stack.slowCommand(args, { account }));
      if (end.exit === 0 || end.exit === REFUSED || Date.now() > this.endAt) {
        this.note(rows, end);
        return;
      }
      await sleep(AGAIN_MS);
    }
  }

  private note(rows: RowKind, { exit, said }: StartEnd): void {
    this.starts.push({ rows, exit, said: said.slice(-LAST_WORDS) });
  }

  private wordsOf(rows: RowKind): readonly string[] {
    const { plan, id } = this.context;
    const { concurrency, duplicates, jobTimeoutMs } = plan;
    return [
      ...['batch', ...writeRows(this.context, rows), '--id', id],
      // The callback of a lost answer is awaited as long as a job may take, and callbacks are lost here on purpose.
      ...['--job-timeout', `${jobTimeoutMs / 1_000}s`],
      ...(concurrency === null ? [] : ['--concurrency', String(concurrency)]),
      ...(duplicates === 0 ? [] : ['--allow-possible-duplicates', String(duplicates)]),
    ];
  }
}

interface StartEnd {
  /** `null` if it was killed. */
  readonly exit: number | null;
  readonly said: string;
}

async function awaitEnd(child: Child): Promise<StartEnd> {
  const end = await child.ended;
  return { exit: typeof end === 'number' ? end : null, said: child.log() };
}

/** Writes the rows of a seed, and their recipe; returns the arguments that name them. */
export function writeRows(
  { plan, inputs, stack }: Pick<SeedContext, 'plan' | 'inputs' | 'stack'>,
  kind: RowKind,
): readonly string[] {
  const file = path.join(stack.folder, `rows-${plan.seed}-${kind}.csv`);
  const rows = Array.from({ length: plan.items }, (_, item): RequestFields => {
    return { key: formatKey(plan, item), ...inputs.rowOf(item, kind) };
  });
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const lines = rows.map((row) => columns.map((column) => toCell(row[column])).join(','));
  // The paths of their files start from the folder of the file.
  writeFileSync(file, [columns.join(','), ...lines, ''].join('\n'));
  const recipe = inputs.recipe();
  if (recipe === null) return [file];
  const recipeFile = path.join(stack.folder, `recipe-${plan.seed}.json`);
  writeFileSync(recipeFile, JSON.stringify(recipe));
  return [file, '--recipe', recipeFile];
}

function toCell(value: unknown): string {
  if (value === undefined) return '';
  const text = Array.isArray(value) ? value.join('|') : String(value);
  return `"${text.replaceAll('"', '""')}"`;
}
