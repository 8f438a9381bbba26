/** Everything that the laws look at: what the provider's books say, what we say, and what is left. */
import type { BatchStatus } from '../../client/batch-status';
import type { Ledger } from '../../emulator';
import type { ItemLine } from '../../workflows/domain/item';
import type { Blow, Plan } from './plan';

export interface Text {
  /** Where it was found, for instance `log of the worker` or `history of s7`. */
  readonly where: string;
  readonly text: string;
}

export interface Secret {
  readonly name: string;
  /** What must be found nowhere. */
  readonly pattern: RegExp;
}

export interface Leftovers {
  readonly processes: readonly string[];
  readonly ports: readonly string[];
  readonly files: readonly string[];
}

export interface Evidence {
  readonly plan: Plan;
  readonly ledger: Pick<Ledger, 'faults' | 'jobs' | 'posts' | 'refusals' | 'refused'>;
  readonly lines: readonly ItemLine[];
  /** In the order in which they were seen. */
  readonly observed: readonly BatchStatus[];
  /** What its workflows wait for, by the server's account; nothing if it has ended. */
  readonly pending: readonly string[];
  /** Blows that were really struck. */
  readonly struck: readonly Blow[];
  /** Codes of holds whose reason was taken away, and said to be, long before the end. */
  readonly ended: readonly string[];
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

/** Words that are in every prompt and nowhere else. */
export const PROMPT_WORD = 'quokka';

export function keyOf(item: number): string {
  return `k${String(item).padStart(4, '0')}`;
}

/** Ends with a full stop, so that no key's prompt is the beginning of another's. */
export function promptOf(item: number): string {
  return `a ${PROMPT_WORD} called ${keyOf(item)}.`;
}

export function keysOf({ items }: Plan): readonly string[] {
  return Array.from({ length: items }, (_, item) => keyOf(item));
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
