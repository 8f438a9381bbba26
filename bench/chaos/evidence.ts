/** The evidence for the laws: the provider's ledger, our reports, and leftovers. */
import type { BatchStatus } from '../../client/batches/batch-status';
import type { Ledger, UploadRecord } from '../../emulator';
import type { ItemReport, ItemResultRow } from '../../workflows/domain/item/item';
import { toResultRow } from '../../workflows/domain/item/result-row';
import type { Plan } from './plan';
import type { Blow } from './plan-blows';
import type { PlannedSingle } from './plan-singles';
import type { Step } from './plan-steps';

export interface Text {
  /** Where it was found, for instance `log of the worker` or `history of s7`. */
  readonly where: string;
  readonly text: string;
}

export interface Secret {
  readonly name: string;
  /** A text that must not appear. */
  readonly pattern: RegExp;
  /** Sources that are searched. Default: all. */
  readonly where?: RegExp;
}

export interface Leftovers {
  readonly processes: readonly string[];
  readonly ports: readonly string[];
  readonly files: readonly string[];
}

/** Evidence of one single item. */
export interface SingleEvidence {
  readonly planned: PlannedSingle;
  /** The reports of its runs, oldest first. */
  readonly reports: readonly ItemReport[];
  /** Whether its newest run has not ended. */
  readonly isOpen: boolean;
  /** Why it was not started; `null` if it was. */
  readonly refused: string | null;
}

/** A command that started the batch, and its last output. */
export interface StartEvidence {
  readonly rows: RowKind;
  /** `null` if it was killed before. */
  readonly exit: number | null;
  /** The last part of its output. */
  readonly said: string;
}

/** A cancellation, and the time until its target had ended; `null` if it had not. */
export interface CancelEvidence {
  readonly what: string;
  readonly ms: number | null;
}

/** A hold met by single items only: its cause was removed, and the account resumed. */
export interface SingleHoldEvidence {
  readonly code: string;
  /** How the next single item ended; `null` if not in time. */
  readonly next: ItemReport | null;
  /** Whether the provider received it. */
  readonly wasSent: boolean;
}

/** The batch that cannot begin, because its rows are in another store than the workers'. */
export interface StuckEvidence {
  readonly exit: number | null;
  /** Whether it still ran at the last status read of the others. */
  readonly wasThere: boolean;
}

export interface Evidence {
  readonly plan: Plan;
  readonly ledger: Pick<Ledger, 'faults' | 'jobs' | 'posts' | 'refusals' | 'refused' | 'uploads'>;
  /** SHA-256 of the pictures of each item's request, in order, by key. */
  readonly contents: ReadonlyMap<string, readonly string[]>;
  /** Result rows of the batch, at the end. */
  readonly lines: readonly ItemResultRow[];
  readonly singles: readonly SingleEvidence[];
  readonly starts: readonly StartEvidence[];
  /** Jobs named by any report so far, by key. */
  readonly named: ReadonlyMap<string, ReadonlySet<string>>;
  /** In the order of the status reads. */
  readonly observed: readonly BatchStatus[];
  /** What its workflows wait for, as reported by the server; empty if all have ended. */
  readonly pending: readonly string[];
  /** Pages that still run long after their batch has ended. */
  readonly openPages: readonly string[];
  /** Blows that took effect. */
  readonly struck: readonly Blow[];
  /** Steps that were executed. */
  readonly taken: readonly Step[];
  /** Codes of holds whose cause was removed, with a resume, long before the end. */
  readonly ended: readonly string[];
  readonly cancels: readonly CancelEvidence[];
  readonly accountRefusals: readonly SingleHoldEvidence[];
  /** Start of the newest default redrive that has ended, in ms since the epoch; `null` if there was none. */
  readonly redrivenAt: number | null;
  /** Errors of redrives of an ended batch that were refused repeatedly. */
  readonly refusedRedrives: readonly string[];
  readonly stuck: StuckEvidence | null;
  /** Workers and gateways that stopped unexpectedly, and their last output. */
  readonly deaths: readonly string[];
  /** Number of deliberate reruns of a key that may have been paid. */
  readonly allowedAgain: ReadonlyMap<string, number>;
  /** Number of payments that the user has asked for beside the first one, by place. */
  readonly allowedPayments: ReadonlyMap<string, number>;
  /** Jobs whose files a report has named. */
  readonly settled: ReadonlySet<string>;
  /** SHA-256 of the files in the store, by path. */
  readonly files: ReadonlyMap<string, string>;
  readonly texts: readonly Text[];
  /** Histories that no worker can continue, with the error; checked if a blow hit a worker. */
  readonly unreplayable: readonly string[];
  readonly secrets: readonly Secret[];
  readonly left: Leftovers;
}

/** Words that are in every prompt of a batch and nowhere else; histories of batches must not contain them. */
export const PROMPT_WORD = 'quokka';
/** The same for single items, whose histories contain their requests. */
export const SINGLE_PROMPT_WORD = 'wombat';

/**
 * The rows that a prompt belongs to: the seed's file, or the other file that is started with the same id. `edited`: the
 * seed's rows with another request of some items.
 */
export type RowKind = 'own' | 'rival' | 'edited';
const RIVAL = 'rival';

/** Prefix of single items in the ledger; no key contains a slash. */
const SINGLE = 'one/';

export function formatKey({ names }: Pick<Plan, 'names'>, item: number): string {
  return names.keys[item] ?? `k${String(item).padStart(4, '0')}`;
}

/** Ends with a full stop, so no key's prompt is a prefix of another's. */
export function formatPrompt(plan: Pick<Plan, 'names'>, item: number, kind: RowKind = 'own'): string {
  return `a ${kind === 'rival' ? `${RIVAL} ` : ''}${PROMPT_WORD} ${formatPromptEnd(formatKey(plan, item))}`;
}

/** Whether the edited rows have another request for this item. */
export function isEditedItem(item: number): boolean {
  return item % 3 === 0;
}

/** The part that all prompts of a key share. */
export function formatPromptEnd(key: string): string {
  return `called ${key}.`;
}

/** `null` for a single item. */
export function findKind(prompt: string): RowKind | null {
  if (!prompt.includes(PROMPT_WORD)) return null;
  return prompt.includes(` ${RIVAL} `) ? 'rival' : 'own';
}

/** The key of a single item in the ledger. */
export function toSingleKey({ id }: Pick<PlannedSingle, 'id'>): string {
  return `${SINGLE}${id}`;
}

export function isSingleKey(key: string): boolean {
  return key.startsWith(SINGLE);
}

export function formatSinglePrompt(single: Pick<PlannedSingle, 'id'>): string {
  return `a ${SINGLE_PROMPT_WORD} ${formatPromptEnd(toSingleKey(single))}`;
}

export function listKeys(plan: Pick<Plan, 'items' | 'names'>): readonly string[] {
  return Array.from({ length: plan.items }, (_, item) => formatKey(plan, item));
}

/** Groups jobs or POSTs by the key in their prompt. */
export function byKey<T extends { readonly prompt: string }>(entries: readonly T[]): ReadonlyMap<string, readonly T[]> {
  return groupBy(entries, ({ prompt }) => findKey(prompt));
}

export function groupBy<T>(entries: readonly T[], name: (entry: T) => string): ReadonlyMap<string, readonly T[]> {
  const found = new Map<string, T[]>();
  for (const entry of entries) found.set(name(entry), [...(found.get(name(entry)) ?? []), entry]);
  return found;
}

/** The key in a prompt; empty if it has none. */
export function findKey(prompt: string): string {
  return /called (\S+)\./.exec(prompt)?.[1] ?? '';
}

/** Whether the client has received the address of an upload, if it has read the answer. */
export function isSuccess({ named, whole }: UploadRecord): boolean {
  return named && whole === true;
}

/** The newest end of each row and single item, with the submissions of all its runs. */
export function everyLine({ lines, singles }: Pick<Evidence, 'lines' | 'singles'>): readonly ItemResultRow[] {
  return [...lines, ...singles.flatMap(lineOfSingle)];
}

function lineOfSingle({ planned, reports }: SingleEvidence): readonly ItemResultRow[] {
  const newest = reports.at(-1);
  if (newest === undefined) return [];
  const submissions = reports.flatMap((report) => report.submissions);
  return [toResultRow(toSingleKey(planned), { ...newest, submissions })];
}
