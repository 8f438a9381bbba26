import type { Evidence } from '../evidence';

/** Law 10: workers and gateways live through whatever is done to others; a supervisor is for what kills them. */
export function survival({ deaths }: Evidence): readonly string[] {
  return deaths.map((words) => `nobody told it to: ${words}`);
}
