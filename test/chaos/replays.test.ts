/** The suite knows a history that no worker can take over. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils';
import { quietReplays, type Recorded, unreplayable } from '../../bench/chaos/replays';
import { currentWorkflowCode } from '../support/workflow-code';

function recorded(workflowId: string, file: string) {
  const lines = readFileSync(path.join(__dirname, '..', file), 'utf8')
    .trimEnd()
    .split('\n');
  return { workflowId, history: historyFromJSON({ events: lines.map((line) => JSON.parse(line)) }) };
}

/** As if a worker had scheduled something else than the workflow would: no other worker can carry that on. */
function spoiled(workflowId: string, file: string) {
  const { history } = recorded(workflowId, file);
  const scheduled = history.events?.find((event) => event.activityTaskScheduledEventAttributes);
  const activityType = scheduled?.activityTaskScheduledEventAttributes?.activityType;
  if (!activityType) throw new Error(`${file} schedules no activity`);
  activityType.name = 'somethingElse';
  return { workflowId, history };
}

beforeAll(quietReplays);

const findUnreplayable = async (...histories: Recorded[]) => unreplayable(histories, await currentWorkflowCode());

test('two calls at once follow one another', async () => {
  const sound = recorded('cancelled', 'batch/histories/cancelled.jsonl');
  expect(await Promise.all([1, 2, 3].map(() => findUnreplayable(sound)))).toEqual([[], [], []]);
});

test('a history whose commands do not follow from it is reported, one that can be replayed is not', async () => {
  const found = await findUnreplayable(
    recorded('cancelled', 'batch/histories/cancelled.jsonl'),
    spoiled('paused-and-resumed', 'batch/histories/paused-and-resumed.jsonl'),
  );
  expect(found).toEqual([expect.stringMatching(/^paused-and-resumed: .*Nondeterminism error.*somethingElse/)]);
});
