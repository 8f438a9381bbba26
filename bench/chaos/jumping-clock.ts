/** A clock of this process that can be set forward or back, as by hand or by a wrong time server. */
import { readFileSync } from 'node:fs';

/** Changes the clock on SIGUSR2. @param order path of a file with the clock's error from then on, in ms */
export function jumpOnSignal(order: string): void {
  const RealDate = Date;
  let wrongMs = 0;
  const now = () => RealDate.now() + wrongMs;
  // The SDK reads both clocks; if they differed, each call would seem late.
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, args, newTarget) => Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
    get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
  });
  process.on('SIGUSR2', () => {
    wrongMs = Number(readFileSync(order, 'utf8'));
  });
}
