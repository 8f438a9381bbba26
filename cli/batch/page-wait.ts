import { formatPages, type PageWait } from '../../client/batches/earlier-pages';
import type { CliContext } from '../context';

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
