/** The check that the workers have the store of this shell, as commands that start a batch have it. */
import type { StoreCheck } from '../../client/batches/check-store';
import type { CliContext } from '../context';

export const SKIP_STORE_CHECK_HELP = 'start without asking the workers whether they have the same store';

export interface StoreCheckFlags {
  readonly skipStoreCheck?: true;
}

export function readStoreCheck({ skipStoreCheck }: StoreCheckFlags, { stderr }: CliContext): StoreCheck {
  return {
    skipStoreCheck: skipStoreCheck === true,
    onWarning: (warning) => {
      stderr.write(`${warning}\n`);
    },
  };
}
