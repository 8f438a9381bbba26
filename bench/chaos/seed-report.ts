/** What became of one seed. */
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
  /** What the provider did to it, by name. */
  readonly provider: Readonly<Record<string, number>>;
  /** What the batch waits for that has not ended. */
  readonly waits: string | null;
  /** The suite itself failed, which says nothing of the product. */
  readonly isBroken: boolean;
}
