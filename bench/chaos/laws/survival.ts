import type { Evidence } from '../evidence';

/** Law 10: workers and gateways survive faults of other processes. */
export function survival({ deaths }: Evidence): readonly string[] {
  return deaths.map((words) => `it stopped unexpectedly: ${words}`);
}
