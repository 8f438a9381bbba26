import type { Evidence } from '../evidence';

/** Law 8: nothing is left behind. */
export function leftovers({ left: { processes, ports, files } }: Pick<Evidence, 'left'>): readonly string[] {
  return [
    ...processes.map((process) => `the process ${process} still runs`),
    ...ports.map((port) => `something still listens on ${port}`),
    ...files.map((file) => `the file ${file} was left`),
  ];
}
