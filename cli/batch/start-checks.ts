/** Flags and messages of the checks before a batch is started, or run again. */
import type { Command } from 'commander';
import type { StoreCheck } from '../../client/batches/check-store';
import { formatPages, type PageWait } from '../../client/batches/earlier-pages';
import type { CliContext } from '../context';

export interface StartCheckFlags {
  readonly movedServer?: true;
  readonly skipStoreCheck?: true;
}

export function addStartCheckFlags(command: Command): Command {
  return command
    .option(
      '--moved-server',
      'confirm that the batch, started on another Temporal server or namespace, no longer runs there',
    )
    .option('--skip-store-check', 'start without checking that the workers use the same store');
}

export function readStoreCheck({ skipStoreCheck }: StartCheckFlags, { stderr }: CliContext): StoreCheck {
  return {
    skipStoreCheck: skipStoreCheck === true,
    onWarning: (warning) => {
      stderr.write(`${warning}\n`);
    },
  };
}

/** @param interrupted ends the wait */
export function reportPages(interrupted: AbortSignal, { stderr }: CliContext): PageWait {
  return {
    signal: interrupted,
    onWait: (pages) => {
      stderr.write(
        `waiting for ${formatPages(pages)} of the terminated run: they collect their jobs and submit nothing more\n`,
      );
    },
  };
}
