/** The check that the workers use this shell's store, for commands that start a batch. */
import type { StoreCheck } from '../../client/batches/check-store';
import type { CliContext } from '../context';

export const SKIP_STORE_CHECK_HELP = 'start without checking that the workers use the same store';

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
