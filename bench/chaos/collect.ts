/** Collects the evidence of a seed after its end. */

import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import type { Client } from '@temporalio/client';
import { readBatchResults } from '../../client/batches/follow-results';
import { withStore } from '../../client/open-store';
import { pageWorkflowId } from '../../workflows/domain/batch/batch-ids';
import type { ItemResultRow } from '../../workflows/domain/item/item';
import { governorWorkflowId } from '../../workflows/domain/leases/governor-protocol';
import type { Speaker } from './children';
import {
  type Evidence,
  everyLine,
  listKeys,
  PROMPT_WORD,
  type Secret,
  SINGLE_PROMPT_WORD,
  type Text,
} from './evidence';
import { textOfHistory } from './history-text';
import { filesLeft } from './left-behind';
import { isMissing } from './patience';
import { pendingIn } from './pending';
import { isForWorkers } from './plan-blows';
import { listMade } from './recipe-steps';
import { type Recorded, unreplayable } from './replays';
import type { SeedContext } from './seed-context';
import type { Stack } from './stack';

/** Evidence that only the run has. */
type Witnessed = Pick<
  Evidence,
  | 'observed'
  | 'struck'
  | 'taken'
  | 'ended'
  | 'deaths'
  | 'starts'
  | 'singles'
  | 'named'
  | 'cancels'
  | 'accountRefusals'
  | 'refusedRedrives'
  | 'openPages'
  | 'redrivenAt'
  | 'stuck'
  | 'allowedAgain'
  | 'allowedPayments'
  | 'settled'
> & {
  /** Whether everything ended. */
  readonly isOver: boolean;
  /** Length of each log before the seed. */
  readonly logsBefore: ReadonlyMap<Speaker, number>;
  /** Contents of single items, by key. */
  readonly contents: ReadonlyMap<string, readonly string[]>;
  /** Leftovers of earlier runs. */
  readonly filesBefore: ReadonlySet<string>;
};

export async function collect(
  context: SeedContext,
  { isOver, logsBefore, filesBefore, contents, ...witnessed }: Witnessed,
): Promise<Evidence> {
  const { plan, stack, emulator, inputs, client } = context;
  const { lines, parts } = await readBatch(context);
  const workflows = listWorkflows(context, parts);
  const recorded = await fetchHistories(client.temporal, workflows);
  const all = { lines, singles: witnessed.singles };
  return {
    ...witnessed,
    plan,
    ledger: inputs.label(emulator.ledger()),
    contents: new Map([...contentsOfRows(context), ...contents]),
    lines,
    pending: isOver && witnessed.openPages.length === 0 ? [] : await pendingIn(client.temporal, workflows),
    files: hashFiles(everyLine(all)),
    texts: [...readLogs(stack, logsBefore), ...recorded.map(toText)],
    unreplayable: witnessed.struck.some(isForWorkers) ? await unreplayable(recorded) : [],
    secrets: listSecrets(stack),
    left: { processes: [], ports: [], files: newFiles(stack, filesBefore) },
  };
}

function contentsOfRows({ plan, inputs }: SeedContext): readonly (readonly [string, readonly string[]])[] {
  return listKeys(plan).map((key, item) => [key, inputs.contentsOf(item)] as const);
}

function newFiles({ temporaryFolders, storeFolder }: Stack, before: ReadonlySet<string>): readonly string[] {
  return filesLeft(temporaryFolders, storeFolder.path).filter((file) => !before.has(file));
}

/** Current outcomes, and the number of parts. */
export function readBatch({ stack, id }: SeedContext): Promise<{ lines: readonly ItemResultRow[]; parts: number }> {
  return withStore({ IMAGEPIPELINE_STORE: stack.storeFolder.path }, stack.storeFolder.path, async ({ batches }) => {
    const manifest = await batches.readManifest(id);
    const lines: ItemResultRow[] = [];
    // What has no outcome is left out, whether or not it runs.
    const outcomes = manifest === null ? [] : readBatchResults(batches, manifest, async () => 'not-known', {});
    for await (const line of outcomes) lines.push(line);
    return { lines, parts: manifest?.parts.length ?? 0 };
  });
}

function hashFiles(lines: readonly ItemResultRow[]): ReadonlyMap<string, string> {
  const named = lines.flatMap((line) => listMade(line).flatMap(({ files }) => files.map(({ file }) => file)));
  const files = named.filter((file) => existsSync(file));
  return new Map(files.map((file) => [file, createHash('sha256').update(readFileSync(file)).digest('hex')]));
}

function readLogs({ logs }: Stack, before: ReadonlyMap<Speaker, number>): readonly Text[] {
  return logs.map(({ where, speaker }) => ({
    where: `log of the ${where}`,
    text: speaker.log().slice(before.get(speaker) ?? 0),
  }));
}

function listWorkflows({ id, account, plan }: SeedContext, parts: number): readonly string[] {
  const pages = Array.from({ length: parts }, (_, part) => pageWorkflowId(id, part));
  return [id, ...pages, governorWorkflowId(account), ...plan.singles.map((single) => single.id)];
}

/** Skips workflows that do not exist. */
async function fetchHistories(client: Client, workflowIds: readonly string[]): Promise<readonly Recorded[]> {
  const fetched = workflowIds.map(async (workflowId): Promise<readonly Recorded[]> => {
    try {
      return [{ workflowId, history: await client.workflow.getHandle(workflowId).fetchHistory() }];
    } catch (error) {
      if (isMissing(error)) return [];
      throw error;
    }
  });
  return (await Promise.all(fetched)).flat();
}

function toText({ workflowId, history }: Recorded): Text {
  return { where: `history of ${workflowId}`, text: textOfHistory(history) };
}

function listSecrets({ apiKey, callbackSecret }: Stack): readonly Secret[] {
  return [
    { name: 'the API key', pattern: new RegExp(apiKey) },
    { name: 'the callback secret', pattern: new RegExp(callbackSecret) },
    { name: 'the address of a callback', pattern: /\/callbacks\/\w/ },
    { name: 'a prompt', pattern: new RegExp(PROMPT_WORD) },
    { name: 'the prompt of a single item', pattern: new RegExp(SINGLE_PROMPT_WORD), where: /^log / },
    { name: 'a signed address', pattern: /signature=|\/results\/job_/ },
    { name: 'the address of an upload', pattern: /\/uploads\/[0-9a-f]{24}-/ },
  ];
}
