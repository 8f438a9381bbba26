import { inputFailure } from './domain/application-failure';
import { isSafeKey } from './domain/safe-key';

/** The name of an image, once it is known to be fit to name a file. */
export function checkedId(id: unknown): string {
  if (typeof id === 'string' && isSafeKey(id)) return id;
  throw inputFailure(
    `the id ${JSON.stringify(id)} cannot name a file; use letters, digits, ".", "_" and "-", at most 128, ` +
      'not beginning with "." or "-"',
  );
}
