/**
 * Signals to a command that must not be cut off. The first asks it to end; the second is told what is still waited for, for
 * people and orchestrators send it without knowing that; the third ends the process, and says what that costs.
 */
import { type Interrupts, SIGNALS } from '../terminal/interrupts';

/** One Ctrl-C arrives twice where npm passes on what the terminal has sent already, in ms. */
const SAME_SIGNAL_MS = 300;

export interface StopWords {
  /** What is waited for, and until when. */
  readonly waiting: () => string;
  /** What becomes of it if the process ends now. */
  readonly cost: () => string;
  readonly write: (text: string) => void;
}

export function catchStopSignals({ waiting, cost, write }: StopWords): Interrupts {
  const controller = new AbortController();
  let [count, last, lastAt] = [0, '', Number.NEGATIVE_INFINITY];
  const release = () => {
    for (const name of SIGNALS) process.off(name, onSignal);
  };
  const onSignal = (name: NodeJS.Signals) => {
    const now = performance.now();
    const isEcho = name === last && now - lastAt < SAME_SIGNAL_MS;
    [last, lastAt] = [name, now];
    if (isEcho) return;
    count += 1;
    if (count === 1) controller.abort();
    else if (count === 2) write(`${waiting()}; a third signal ends at once\n`);
    else {
      write(`ended at once: ${cost()}\n`);
      release();
      // As Node ends by a signal without a listener.
      process.kill(process.pid, name);
    }
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  return { signal: controller.signal, release };
}
