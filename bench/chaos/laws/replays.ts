import type { Evidence } from '../evidence';

/** Law 9: a worker that takes over can carry on what the one before it has begun. */
export function replays({ unreplayable }: Evidence): readonly string[] {
  return unreplayable.map((words) => `no worker can take over ${words}`);
}
