/** The report of one seed. */
import type { Plan } from './plan';

export interface SeedReport {
  readonly plan: Plan;
  readonly ms: number;
  readonly violations: readonly string[];
  readonly outcomes: Readonly<Record<string, number>>;
  readonly struck: readonly string[];
  readonly taken: readonly string[];
  /** Single items by outcome. */
  readonly singles: Readonly<Record<string, number>>;
  /** What the provider did, by name. */
  readonly provider: Readonly<Record<string, number>>;
  /** What an open batch waits for. */
  readonly waits: string | null;
  /** Whether the suite itself failed, which is no fault of the product. */
  readonly isBroken: boolean;
}
