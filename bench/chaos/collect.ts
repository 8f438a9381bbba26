/** Gathers the evidence of a seed when its batch has ended. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { readResults } from '../../client/batch-results';
import type { BatchStatus } from '../../client/batch-status';
import { withStore } from '../../client/store';
import type { Emulator } from '../../emulator';
import { governorWorkflowId } from '../../workflows/domain/account';
import { pageWorkflowId } from '../../workflows/domain/batch-ids';
import type { ItemLine } from '../../workflows/domain/item';
import type { Speaker } from './children';
import { type Evidence, PROMPT_WORD, type Secret, type Text } from './evidence';
import { textOfHistory } from './history-text';
import { filesLeft } from './left-behind';
import { pendingIn } from './pending';
import { type Blow, isForWorkers, type Plan } from './plan';
import { type Recorded, unreplayable } from './replays';
import type { Stack } from './stack';

export interface Run {
  readonly plan: Plan;
  readonly stack: Stack;
  readonly emulator: Emulator;
  readonly id: string;
  readonly observed: readonly BatchStatus[];
  readonly struck: readonly Blow[];
  readonly ended: Evidence['ended'];
  readonly deaths: Evidence['deaths'];
  /** How much each had said before. */
  readonly logsBefore: ReadonlyMap<Speaker, number>;
  /** What earlier runs had left. */
  readonly filesBefore: ReadonlySet<string>;
}

export async function collect(run: Run): Promise<Evidence> {
  const { plan, stack, emulator, id, observed, struck, ended, deaths } = run;
  const lines = await linesOf(stack.store, id);
  const recorded = await historiesOf(stack, id);
  return {
    plan,
    ledger: emulator.ledger(),
    lines,
    observed,
    pending: observed.at(-1)?.finishedAt ? [] : await pendingIn(stack.client.temporal, workflowsOf(id)),
    struck,
    ended,
    deaths,
    allowedAgain: new Map(),
    files: hashesOf(lines),
    texts: [...logsOf(run), ...recorded.map(textOf)],
    unreplayable: struck.some(isForWorkers) ? await unreplayable(recorded) : [],
    secrets: secretsOf(stack),
    left: { processes: [], ports: [], files: newFiles(run) },
  };
}

function newFiles({ stack, filesBefore }: Run): readonly string[] {
  return filesLeft(stack.temporaryFolders, stack.store).filter((file) => !filesBefore.has(file));
}

function linesOf(store: string, id: string): Promise<readonly ItemLine[]> {
  return withStore({ IMAGEPIPELINE_STORE: store }, store, async ({ batches }) => {
    const manifest = await batches.readManifest(id);
    const lines: ItemLine[] = [];
    if (manifest !== null) for await (const line of readResults(batches, manifest)) lines.push(line);
    return lines;
  });
}

function hashesOf(lines: readonly ItemLine[]): ReadonlyMap<string, string> {
  const files = lines.flatMap(({ file }) => (file !== null && existsSync(file) ? [file] : []));
  return new Map(files.map((file) => [file, createHash('sha256').update(readFileSync(file)).digest('hex')]));
}

function logsOf({ stack, logsBefore }: Run): readonly Text[] {
  return stack.logs.map(({ where, speaker }) => ({
    where: `log of the ${where}`,
    text: speaker.log().slice(logsBefore.get(speaker) ?? 0),
  }));
}

/** Of a batch that has one page, and an account for itself. */
function workflowsOf(id: string): readonly string[] {
  return [id, pageWorkflowId(id, 0), governorWorkflowId(id)];
}

async function historiesOf({ client }: Stack, id: string): Promise<readonly Recorded[]> {
  return Promise.all(
    workflowsOf(id).map(async (workflowId) => ({
      workflowId,
      history: await client.temporal.workflow.getHandle(workflowId).fetchHistory(),
    })),
  );
}

function textOf({ workflowId, history }: Recorded): Text {
  return { where: `history of ${workflowId}`, text: textOfHistory(history) };
}

function secretsOf({ apiKey, callbackSecret }: Stack): readonly Secret[] {
  return [
    { name: 'the API key', pattern: new RegExp(apiKey) },
    { name: 'the callback secret', pattern: new RegExp(callbackSecret) },
    { name: 'the address of a callback', pattern: /\/callbacks\/\w/ },
    { name: 'a prompt', pattern: new RegExp(PROMPT_WORD) },
    { name: 'a signed address', pattern: /signature=|\/results\/job_/ },
  ];
}
