import type { Evidence } from '../evidence';
import type { Blow } from '../plan-blows';

/** Folder of staged results; workers remove files there after a day. */
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

/** The worker that took over has stored the result already, so the staged file of the frozen one stays. */
function wasKilledAfterItsTime(struck: readonly Blow[]): boolean {
  const frozen = struck.indexOf('freeze the worker until it is given up');
  return frozen >= 0 && struck.indexOf('kill the worker', frozen) > frozen;
}
