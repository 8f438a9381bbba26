import { type PageWait, pagesWord } from '../../client/batches/earlier-pages';
import type { CliContext } from '../context';

/** @param interrupted ends the wait */
export function tellingOfPages(interrupted: AbortSignal, { stderr }: CliContext): PageWait {
  return {
    signal: interrupted,
    onWait: (pages) => {
      stderr.write(
        `waiting for ${pagesWord(pages)} of the terminated run: they collect their jobs, and submit nothing more\n`,
      );
    },
  };
}
