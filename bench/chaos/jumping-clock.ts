/** A clock of this process that can be put forward or back, as one that is set by hand or by a bad time server. */
import { readFileSync } from 'node:fs';

/** On SIGUSR2. @param order path of a file with the number of ms by which the clock is wrong from then on */
export function jumpOnSignal(order: string): void {
  const now = Date.now;
  let wrongMs = 0;
  Date.now = () => now() + wrongMs;
  process.on('SIGUSR2', () => {
    wrongMs = Number(readFileSync(order, 'utf8'));
  });
}
