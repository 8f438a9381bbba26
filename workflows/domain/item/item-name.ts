import { brokenKeyRule } from '../base/safe-key';
import { newInputFailure } from './application-failure';

/** The name of an item, validated as a file name. */
export function checkId(id: unknown): string {
  if (typeof id !== 'string') throw newInputFailure(`the id is ${JSON.stringify(id)}; must be a text`);
  const rule = brokenKeyRule(id);
  if (rule === null) return id;
  throw newInputFailure(`the id ${JSON.stringify(id)} cannot name a file; it ${rule}`);
}
