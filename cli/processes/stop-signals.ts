/**
 * Stop signals for a command that must shut down gracefully. The first starts the shutdown. The second prints what is still
 * awaited, since people and orchestrators may not know. The third ends the process and prints what that costs.
 */
import { type Interrupts, SIGNALS } from '../terminal/interrupts';

/** Signals within this time count as one, in ms: under npm one Ctrl-C arrives twice. */
const SAME_SIGNAL_MS = 300;

export interface StopTexts {
  /** What the shutdown waits for, and until when. */
  readonly waiting: () => string;
  /** What is lost if the process ends now. */
  readonly cost: () => string;
  readonly write: (text: string) => void;
}

export function catchStopSignals({ waiting, cost, write }: StopTexts): Interrupts {
  const controller = new AbortController();
  let [count, last, lastAt] = [0, '', Number.NEGATIVE_INFINITY];
  const release = () => {
    for (const name of SIGNALS) process.off(name, onSignal);
  };
  const onSignal = (name: NodeJS.Signals) => {
    const now = performance.now();
    const isRepeated = name === last && now - lastAt < SAME_SIGNAL_MS;
    [last, lastAt] = [name, now];
    if (isRepeated) return;
    count += 1;
    if (count === 1) controller.abort();
    else if (count === 2) write(`${waiting()}; a third signal ends at once\n`);
    else {
      write(`ended at once: ${cost()}\n`);
      release();
      // The exit code of a process that a signal ended.
      process.kill(process.pid, name);
    }
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  return { signal: controller.signal, release };
}
