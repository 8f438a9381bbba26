import { brokenKeyRule } from '../base/safe-key';
import { newInputFailure } from './application-failure';

/** The name of an image, once it is known to be fit to name a file. */
export function checkId(id: unknown): string {
  if (typeof id !== 'string') throw newInputFailure(`the id is ${JSON.stringify(id)}; must be a text`);
  const rule = brokenKeyRule(id);
  if (rule === null) return id;
  throw newInputFailure(`the id ${JSON.stringify(id)} cannot name a file; it ${rule}`);
}
