/** A clock of this process that can be put forward or back, as one that is set by hand or by a bad time server. */
import { readFileSync } from 'node:fs';

/** On SIGUSR2. @param order path of a file with the number of ms by which the clock is wrong from then on */
export function jumpOnSignal(order: string): void {
  const RealDate = Date;
  let wrongMs = 0;
  const now = () => RealDate.now() + wrongMs;
  // The SDK reads it both ways, and would take each call for late if they were apart.
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, args, newTarget) => Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
    get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
  });
  process.on('SIGUSR2', () => {
    wrongMs = Number(readFileSync(order, 'utf8'));
  });
}
