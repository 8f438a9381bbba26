import type { Evidence } from '../evidence';
import { counts } from './counts';
import { endings } from './endings';
import { leftovers } from './leftovers';
import { limits } from './limits';
import { payments } from './payments';
import { replays } from './replays';
import { results } from './results';
import { secrets } from './secrets';
import { survival } from './survival';
import { unknowns } from './unknowns';

/** By what they are called in reports; each lists its violations in words. */
export const LAWS: Readonly<Record<string, (evidence: Evidence) => readonly string[]>> = {
  'unknown is told': unknowns,
  'nothing is paid twice': payments,
  'what is paid is stored': results,
  'counts add up': counts,
  'batches end': endings,
  'limits are kept': limits,
  'secrets stay secret': secrets,
  'nothing is left': leftovers,
  'histories replay': replays,
  'services live': survival,
};

export function violations(evidence: Evidence): readonly string[] {
  return Object.entries(LAWS).flatMap(([name, law]) => law(evidence).map((words) => `${name}: ${words}`));
}
