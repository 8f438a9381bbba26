import { brokenKeyRule } from '../base/safe-key';
import { newInputFailure } from './application-failure';
import type { ItemStep, RequestSource } from './item';

/** The name of an item, validated as a file name. */
export function checkId(id: unknown): string {
  if (typeof id !== 'string') throw newInputFailure(`the id is ${JSON.stringify(id)}; must be a text`);
  const rule = brokenKeyRule(id);
  if (rule === null) return id;
  throw newInputFailure(`the id ${JSON.stringify(id)} cannot name a file; it ${rule}`);
}

/** A step of an item for people: its key, and its id if there are several steps. */
export function nameStep({ key, id, step }: Pick<ItemStep, 'key' | 'id'> & Pick<RequestSource, 'step'>): string {
  const name = id ?? step?.id;
  return name === undefined ? key : `${key} · ${name}`;
}
