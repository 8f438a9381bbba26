import { brokenKeyRule } from '../base/safe-key';
import { inputFailure } from './application-failure';

/** The name of an image, once it is known to be fit to name a file. */
export function checkedId(id: unknown): string {
  if (typeof id !== 'string') throw inputFailure(`the id is ${JSON.stringify(id)}; must be a text`);
  const rule = brokenKeyRule(id);
  if (rule === null) return id;
  throw inputFailure(`the id ${JSON.stringify(id)} cannot name a file; it ${rule}`);
}
