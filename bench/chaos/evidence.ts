/** Everything that the laws look at: what the provider's books say, what we say, and what is left. */
import type { BatchStatus } from '../../client/batches/batch-status';
import type { Ledger } from '../../emulator';
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
  /** What must be found nowhere. */
  readonly pattern: RegExp;
  /** Only in texts from there. Default: anywhere. */
  readonly where?: RegExp;
}

export interface Leftovers {
  readonly processes: readonly string[];
  readonly ports: readonly string[];
  readonly files: readonly string[];
}

/** What is known of one single item. */
export interface SingleEvidence {
  readonly planned: PlannedSingle;
  /** How each of its runs ended, the first first. */
  readonly reports: readonly ItemReport[];
  /** Whether its newest run has not ended. */
  readonly isOpen: boolean;
  /** Why it was not started; `null`: it was. */
  readonly refused: string | null;
}

/** Somebody who starts the batch, and what the command said at last. */
export interface StartEvidence {
  readonly rows: RowKind;
  /** `null`: it was ended before. */
  readonly exit: number | null;
  /** The end of it. */
  readonly said: string;
}

/** A cancellation, and how long it took until what was cancelled had ended; `null`: it had not. */
export interface CancelEvidence {
  readonly what: string;
  readonly ms: number | null;
}

/** A hold that single items alone have met: its cause was taken away, and it was said to be. */
export interface WallEvidence {
  readonly code: string;
  /** How the next single item ended; `null`: not in time. */
  readonly next: ItemReport | null;
  /** Whether the provider has ever seen it. */
  readonly wasSent: boolean;
}

/** The batch that cannot begin, since its rows are in a store that the workers do not have. */
export interface StuckEvidence {
  readonly exit: number | null;
  /** Whether it was still there when the others were looked at for the last time. */
  readonly wasThere: boolean;
}

export interface Evidence {
  readonly plan: Plan;
  readonly ledger: Pick<Ledger, 'faults' | 'jobs' | 'posts' | 'refusals' | 'refused'>;
  /** Of the batch, at the end. */
  readonly lines: readonly ItemResultRow[];
  readonly singles: readonly SingleEvidence[];
  readonly starts: readonly StartEvidence[];
  /** Jobs that were named by any report since the beginning, by key. */
  readonly named: ReadonlyMap<string, ReadonlySet<string>>;
  /** In the order in which they were seen. */
  readonly observed: readonly BatchStatus[];
  /** What its workflows wait for, by the server's account; nothing if all have ended. */
  readonly pending: readonly string[];
  /** Pages that go on long after their batch has ended. */
  readonly openPages: readonly string[];
  /** Blows that were really struck. */
  readonly struck: readonly Blow[];
  /** Steps that were really taken. */
  readonly taken: readonly Step[];
  /** Codes of holds whose reason was taken away, and said to be, long before the end. */
  readonly ended: readonly string[];
  readonly cancels: readonly CancelEvidence[];
  readonly accountRefusals: readonly WallEvidence[];
  /** When the newest redrive with its defaults was begun that has ended, in ms since the epoch; `null`: there was none. */
  readonly redrivenAt: number | null;
  /** What was said where a redrive of a batch that had ended was refused again and again. */
  readonly refusedRedrives: readonly string[];
  readonly stuck: StuckEvidence | null;
  /** Workers and gateways that ended although nobody told them to, and what they said last. */
  readonly deaths: readonly string[];
  /** How often a key was deliberately run again although it may have been paid. */
  readonly allowedAgain: ReadonlyMap<string, number>;
  /** SHA-256 of the files in the store, by path. */
  readonly files: ReadonlyMap<string, string>;
  readonly texts: readonly Text[];
  /** Histories that no worker can carry on, and what it says; looked for where a worker was struck. */
  readonly unreplayable: readonly string[];
  readonly secrets: readonly Secret[];
  readonly left: Leftovers;
}

/** Words that are in every prompt of a batch and nowhere else; histories of a batch must not have them. */
export const PROMPT_WORD = 'quokka';
/** The same of single items, whose histories have their requests. */
export const SINGLE_PROMPT_WORD = 'wombat';

/** Whose rows a prompt is of: of the file of the seed, or of another one that is started with the same id. */
export type RowKind = 'own' | 'rival';
const RIVAL = 'rival';

/** By what the ledger tells single items from rows: no key has a slash. */
const SINGLE = 'one/';

export function keyOf({ names }: Pick<Plan, 'names'>, item: number): string {
  return names.keys[item] ?? `k${String(item).padStart(4, '0')}`;
}

/** Ends with a full stop, so that no key's prompt is the beginning of another's. */
export function promptOf(plan: Pick<Plan, 'names'>, item: number, kind: RowKind = 'own'): string {
  return `a ${kind === 'own' ? '' : `${RIVAL} `}${PROMPT_WORD} ${calledOf(keyOf(plan, item))}`;
}

/** The part of a prompt that all prompts of a key have. */
export function calledOf(key: string): string {
  return `called ${key}.`;
}

/** `null`: of a single item. */
export function kindOf(prompt: string): RowKind | null {
  if (!prompt.includes(PROMPT_WORD)) return null;
  return prompt.includes(` ${RIVAL} `) ? 'rival' : 'own';
}

/** By what a single item is called in the ledger. */
export function singleKeyOf({ id }: Pick<PlannedSingle, 'id'>): string {
  return `${SINGLE}${id}`;
}

export function isSingleKey(key: string): boolean {
  return key.startsWith(SINGLE);
}

export function singlePromptOf(single: Pick<PlannedSingle, 'id'>): string {
  return `a ${SINGLE_PROMPT_WORD} ${calledOf(singleKeyOf(single))}`;
}

export function keysOf(plan: Pick<Plan, 'items' | 'names'>): readonly string[] {
  return Array.from({ length: plan.items }, (_, item) => keyOf(plan, item));
}

/** Of jobs or POSTs, by the key in their prompt. */
export function byKey<T extends { readonly prompt: string }>(entries: readonly T[]): ReadonlyMap<string, readonly T[]> {
  const found = new Map<string, T[]>();
  for (const entry of entries) {
    const [, key = ''] = /called (\S+)\./.exec(entry.prompt) ?? [];
    found.set(key, [...(found.get(key) ?? []), entry]);
  }
  return found;
}

/** Rows and single items alike: the newest end of each, with the submissions of all its runs. */
export function everyLine({ lines, singles }: Pick<Evidence, 'lines' | 'singles'>): readonly ItemResultRow[] {
  return [...lines, ...singles.flatMap(lineOfSingle)];
}

function lineOfSingle({ planned, reports }: SingleEvidence): readonly ItemResultRow[] {
  const newest = reports.at(-1);
  if (newest === undefined) return [];
  const submissions = reports.flatMap((report) => report.submissions);
  return [toResultRow(singleKeyOf(planned), { ...newest, submissions })];
}
