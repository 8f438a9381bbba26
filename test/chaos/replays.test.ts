/** The suite knows a history that no worker can take over. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils';
import { quietReplays, unreplayable } from '../../bench/chaos/replays';

function recorded(workflowId: string, file: string) {
  const lines = readFileSync(path.join(__dirname, '..', file), 'utf8')
    .trimEnd()
    .split('\n');
  return { workflowId, history: historyFromJSON({ events: lines.map((line) => JSON.parse(line)) }) };
}

/**
 * Its worker was killed while a question was under way; the next one was given the question together with three
 * signals, and acted on them before its first turn. Workers of now refuse that.
 */
const HANDED_ON = recorded('s20044', 'chaos/histories/handed-on-question.jsonl');

beforeAll(quietReplays);

test('two calls at once follow one another', async () => {
  const sound = recorded('cancelled', 'batch/histories/cancelled.jsonl');
  expect(await Promise.all([unreplayable([sound]), unreplayable([sound]), unreplayable([sound])])).toEqual([
    [],
    [],
    [],
  ]);
});

test('a history whose commands do not follow from it is told, one that can be replayed is not', async () => {
  const found = await unreplayable([recorded('cancelled', 'batch/histories/cancelled.jsonl'), HANDED_ON]);
  expect(found).toEqual([expect.stringMatching(/^s20044: .*No command scheduled/)]);
});
