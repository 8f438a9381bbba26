/** Status and results account for every row of a batch that was terminated, by every door. */
import type { BatchHandle } from '../../client/batches/batch-handle';
import { pageWorkflowId } from '../../workflows/domain/batch/batch-ids';
import type { ItemResultRow } from '../../workflows/domain/item/item';
import { BatchCli } from '../cli/batch-cli';
import { AUTHORIZED, startTestApi } from '../gateway/api-harness';
import { type Rig, startRig } from '../support/rig';
import { until } from '../support/until';
import { accepted, inFlight, pickCounts, startBatch, sumOfCounts } from './batch-fixtures';

const ITEMS = 12;
const PAGE = 3;

let rig: Rig;
let batchCli: BatchCli;

beforeAll(async () => {
  rig = await startRig();
  batchCli = new BatchCli(rig);
});
afterAll(() => rig.close());

/** Two items of the first page are in flight when the coordinator ends. */
async function terminated(id: string): Promise<BatchHandle> {
  rig.emulator.script({ match: { promptIncludes: `for the batch ${id}.` }, then: { jobMs: 4_000 } });
  const batch = await startBatch(rig, id, ITEMS, { pageSize: PAGE, concurrency: 2 });
  await until('two are in flight', () => inFlight(rig, id) === 2);
  await rig.client.temporal.workflow.getHandle(id).terminate('by a test');
  return batch;
}

const getPage = (id: string) => rig.client.temporal.workflow.getHandle(pageWorkflowId(id, 0));
const untilPageHasEnded = (id: string) =>
  until('its page has ended', async () => (await getPage(id).describe()).status.name !== 'RUNNING');

function countOutcomes(lines: readonly { readonly outcome: string }[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { outcome } of lines) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}

/** A page may submit one more before it notices. */
function expectCounts(id: string): Readonly<Record<string, number>> {
  return { succeeded: accepted(rig, id), cancelled: ITEMS - accepted(rig, id) };
}

async function byHttp(id: string) {
  const api = await startTestApi(rig);
  const response = await fetch(`${api.url}/v1/batches/${id}/results`, { headers: AUTHORIZED });
  const lines = (await response.text()).split('\n').filter((line) => line !== '');
  return { activity: response.headers.get('imagepipeline-batch'), lines: lines.map((line) => JSON.parse(line)) };
}

test('while its pages collect, nothing is said of what they may still tell', async () => {
  const id = 'collecting';
  const batch = await terminated(id);
  const { stdout, stderr } = await batchCli.run('results', id);
  expect(stderr).toMatch(/^\d+ items have not ended yet; --follow waits for all of them\n$/);
  expect(
    countOutcomes(stdout.split('\n').flatMap((line) => (line === '' ? [] : JSON.parse(line))))['unknown'],
  ).toBeUndefined();
  expect((await byHttp(id)).activity).toBe('running');
  const followed = await batchCli.lines(id, '--follow');
  expect(countOutcomes(followed)).toEqual(expectCounts(id));
  expect(pickCounts(await batch.status())).toEqual(countOutcomes(followed));
});

test('when they have, rows that were never begun are cancelled, and all sums agree', async () => {
  const id = 'collected';
  const batch = await terminated(id);
  await untilPageHasEnded(id);
  const status = await batch.status();
  expect(status).toMatchObject({ state: 'failed', counts: { total: ITEMS, waiting: 0, running: 0, retrying: 0 } });
  expect(sumOfCounts(status)).toBe(ITEMS);
  expect(pickCounts(status)).toEqual(expectCounts(id));
  const lines = await batchCli.lines(id);
  expect(countOutcomes(lines)).toEqual(pickCounts(status));
  expect(lines.at(-1)).toMatchObject({
    outcome: 'cancelled',
    code: 'CANCELLED',
    message: 'The batch ended before this item began; nothing was submitted.',
  });
  const answered = await byHttp(id);
  expect(answered.activity).toBe('ended');
  // Over HTTP, files have addresses instead of paths.
  const withoutFiles = ({ file: _file, files: _files, ...line }: ItemResultRow) => line;
  expect(answered.lines.map(withoutFiles)).toEqual(lines.map(withoutFiles));
});

test('rows that a page had begun when it was terminated too are unknown', async () => {
  const id = 'both-terminated';
  const batch = await terminated(id);
  await getPage(id).terminate('by a test');
  const status = await batch.status();
  expect(pickCounts(status)).toEqual({ unknown: PAGE, cancelled: ITEMS - PAGE });
  expect(status.failures).toEqual({ SUBMIT_OUTCOME_UNKNOWN: PAGE });
  const lines = await batchCli.lines(id);
  expect(countOutcomes(lines)).toEqual(pickCounts(status));
  expect(lines[0]).toMatchObject({ outcome: 'unknown', code: 'SUBMIT_OUTCOME_UNKNOWN' });
});

test('where no server answers, results say that the rest is not known', async () => {
  const id = 'both-terminated';
  const alone = new BatchCli({
    ...rig,
    server: { ...rig.server, env: { ...rig.server.env, TEMPORAL_ADDRESS: '127.0.0.1:1' } },
  });
  const { code, stdout, stderr } = await alone.run('results', id);
  expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
  expect(stderr).toContain(
    `${ITEMS} items have no outcome in the store; the Temporal server does not answer, so the batch may still run`,
  );
});
