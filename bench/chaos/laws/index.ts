import type { Evidence } from '../evidence';
import { acceptedJobs } from './accepted-jobs';
import { arrivals } from './arrivals';
import { beginnings } from './beginnings';
import { cancels } from './cancels';
import { contents } from './contents';
import { counts } from './counts';
import { endings } from './endings';
import { holds } from './holds';
import { knownJobs } from './known-jobs';
import { leftovers } from './leftovers';
import { limits } from './limits';
import { names } from './names';
import { others } from './others';
import { payments } from './payments';
import { reading } from './reading';
import { replays } from './replays';
import { results } from './results';
import { secrets } from './secrets';
import { stepCounts } from './step-counts';
import { stepFiles } from './step-files';
import { survival } from './survival';
import { unknowns } from './unknowns';
import { freeUploads, refusedUploads } from './upload-outcomes';
import { uploads } from './uploads';

/** Laws by their name in reports; each lists its violations as text. */
export const LAWS: Readonly<Record<string, (evidence: Evidence) => readonly string[]>> = {
  'unknown is reported': unknowns,
  'an accepted job is known': acceptedJobs,
  'nothing is paid twice': payments,
  'what is paid is stored': results,
  'counts add up': counts,
  'batches end': endings,
  'limits are kept': limits,
  'secrets stay secret': secrets,
  'nothing is left': leftovers,
  'histories replay': replays,
  'services live': survival,
  'an id is one content': contents,
  'what is known stays known': knownJobs,
  'what is paid is read': reading,
  'one row never blocks others': others,
  'names do not matter': names,
  'a holder that cannot begin blocks no other': beginnings,
  'cancel ends': cancels,
  'holds end': holds,
  'a content is uploaded once': uploads,
  'an upload costs nothing': freeUploads,
  'a refused upload concerns its items only': refusedUploads,
  'inputs arrive as given': arrivals,
  'every step has one outcome': stepCounts,
  'a step is made of its item': stepFiles,
};

export function violations(evidence: Evidence): readonly string[] {
  return Object.entries(LAWS).flatMap(([name, law]) => law(evidence).map((words) => `${name}: ${words}`));
}
