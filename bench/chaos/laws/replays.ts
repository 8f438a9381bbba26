import type { Evidence } from '../evidence';

/** Law 9: a worker that takes over can continue the workflows of the one before it. */
export function replays({ unreplayable }: Evidence): readonly string[] {
  return unreplayable.map((words) => `no worker can take over ${words}`);
}
