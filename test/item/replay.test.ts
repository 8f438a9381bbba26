/**
 * Images that began under an older version must continue under this one: kept histories replay against today's workflows.
 *
 * To record them anew, after a change that old images need not survive: `RECORD_HISTORIES=1 npx jest test/item/replay`
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import { bundleWorkflowCode, DefaultLogger, Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import type { WorkflowCode } from '../../worker/bundle';
import { readHistory } from '../support/history';
import { quiet } from '../support/quiet';
import { HISTORIES, RECORDINGS } from '../support/recorded';
import { startRig } from '../support/rig';
import { currentWorkflowCode } from '../support/workflow-code';

const logger = new DefaultLogger('ERROR');
const CHANGED = path.join(__dirname, 'fixtures', 'changed-generate-image.ts');

let current: WorkflowCode;

beforeAll(async () => {
  quiet();
  if (process.env['RECORD_HISTORIES'] !== undefined) await record();
  current = await currentWorkflowCode();
});

/**
 * Written whole but for stack traces, which name folders of this machine: without the flags in `sdkMetadata` a changed
 * workflow would be accepted silently.
 */
async function record(): Promise<void> {
  const rig = await startRig({ delays: 0.1 });
  mkdirSync(HISTORIES, { recursive: true });
  try {
    for (const [name, live] of Object.entries(RECORDINGS)) {
      await live(rig, name);
      const json = historyToJSON(await readHistory(rig, name));
      const file = path.join(HISTORIES, `${name}.json`);
      writeFileSync(file, `${json.replace(/"stackTrace": "(?:[^"\\]|\\.)*"/g, '"stackTrace": ""')}\n`);
    }
  } finally {
    await rig.close();
  }
}

const historyNamed = (name: string) => JSON.parse(readFileSync(path.join(HISTORIES, `${name}.json`), 'utf8'));
const replay = (code: WorkflowCode, name: string) => Worker.runReplayHistory(code, historyNamed(name), name);

test('there is a kept history for every recording, and a recording for every kept history', () => {
  expect(readdirSync(HISTORIES).sort()).toEqual(
    Object.keys(RECORDINGS)
      .map((name) => `${name}.json`)
      .sort(),
  );
});

test.each(Object.keys(RECORDINGS))('the history "%s" replays against the workflows of today', async (name) => {
  await replay(current, name);
});

test.each(Object.keys(RECORDINGS))(
  'the history "%s" keeps the flags of the SDK, without which replaying proves nothing',
  (name) => {
    const { events } = historyNamed(name) as {
      events: Record<string, { sdkMetadata?: { coreUsedFlags?: number[] } }>[];
    };
    const flags = events.flatMap(
      (event) => event['workflowTaskCompletedEventAttributes']?.sdkMetadata?.coreUsedFlags ?? [],
    );
    expect(flags.length).toBeGreaterThan(0);
  },
);

test('a workflow that does something else than before is refused', async () => {
  const { code } = await bundleWorkflowCode({ workflowsPath: CHANGED, logger });
  await expect(replay({ workflowBundle: { code } }, 'success')).rejects.toThrow(DeterminismViolationError);
});
