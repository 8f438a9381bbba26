/** What pages have answered: a page that does not answer in time has not gone back. */
import type { Tally } from '../workflows/domain/batch/tally';

/** Far more than are open at a time. */
const MAX_PAGES = 2_000;

/** The newest answer of each page, for all readers of one client. Those that were read last are remembered. */
export class PageTallies {
  private readonly known = new Map<string, Tally>();

  /** @param run first run id of the page */
  remember(run: string, tally: Tally): void {
    this.known.delete(run);
    this.known.set(run, tally);
    for (const oldest of [...this.known.keys()].slice(0, -MAX_PAGES)) this.known.delete(oldest);
  }

  get(run: string): Tally | undefined {
    return this.known.get(run);
  }
}
