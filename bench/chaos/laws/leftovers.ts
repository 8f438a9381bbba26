import type { Evidence } from '../evidence';
import type { Blow } from '../plan-blows';

/** Where results wait that are being written; workers remove there what is a day old. */
const STAGED = '/.incoming/';

/** Law 8: nothing is left behind. */
export function leftovers({
  left: { processes, ports, files },
  struck = [],
}: Pick<Evidence, 'left'> & Partial<Evidence>): readonly string[] {
  const unexplained = files.filter((file) => !(file.includes(STAGED) && wasKilledAfterItsTime(struck)));
  return [
    ...processes.map((process) => `the process ${process} still runs`),
    ...ports.map((port) => `something still listens on ${port}`),
    ...unexplained.map((file) => `the file ${file} was left`),
  ];
}

/** What such a worker writes is stored already by the one that took over, and nobody writes it again. */
function wasKilledAfterItsTime(struck: readonly Blow[]): boolean {
  const frozen = struck.indexOf('freeze the worker until it is given up');
  return frozen >= 0 && struck.indexOf('kill the worker', frozen) > frozen;
}
