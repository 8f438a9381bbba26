/** A page that an operator terminates: the batch does not hang, and says which items are affected. */
import { type Rig, startRig } from '../support/rig';
import { until } from '../support/until';
import {
  formatKey,
  inFlight,
  jobsByKey,
  listResults,
  pickCounts,
  scriptFor,
  startBatch,
  sumOfCounts,
} from './batch-fixtures';

let rig: Rig;

beforeAll(async () => {
  rig = await startRig({ emulator: { jobTime: { medianMs: 500, sigma: 0 } } });
});
afterAll(() => rig.close());

describe.each([
  ['terminated', 'dead', (page: string) => rig.client.temporal.workflow.getHandle(page).terminate('by an operator')],
  ['cancelled', 'ended', (page: string) => rig.client.temporal.workflow.getHandle(page).cancel()],
])('a page that is %s in Temporal UI', (_how, id, end) => {
  const PAGE = 10;
  const sums: number[] = [];

  beforeAll(async () => {
    // Longer than it takes to end the page, however slow the server is.
    for (const number of Array(PAGE).keys()) scriptFor(rig, id, formatKey(number), { jobMs: 3_000 });
    const batch = await startBatch(rig, id, 3 * PAGE, { concurrency: 6, pageSize: PAGE });
    await until('jobs of the first page are in flight', () => inFlight(rig, id) === 6);
    await end(`${id}/page-000000`);
    await until('it has ended', async () => {
      const status = await batch.status();
      sums.push(sumOfCounts(status));
      return status.finishedAt !== null;
    });
  });

  test('does not keep the batch from its end, with counts that add up at every look', async () => {
    expect(sums.filter((sum) => sum !== 3 * PAGE)).toEqual([]);
    const last = await rig.client.batch(id).result();
    expect(last).toMatchObject({ state: 'completed', counts: { total: 3 * PAGE } });
  });

  test('leaves no item of it in the dark, and the other pages as they would be', async () => {
    const lines = await listResults(rig, id);
    expect(lines.map(({ key }) => key)).toEqual(Array.from({ length: 3 * PAGE }, (_, number) => formatKey(number)));
    const lost = lines.slice(0, PAGE).filter(({ outcome }) => outcome !== 'succeeded');
    expect(lost.length).toBeGreaterThan(0);
    expect(new Set(lost.map(({ outcome }) => outcome)).size).toBe(1);
    expect(lines.slice(PAGE).every(({ outcome }) => outcome === 'succeeded')).toBe(true);
    const last = await rig.client.batch(id).result();
    const counted = Object.values(pickCounts(last));
    expect(counted.sort()).toEqual([lost.length, 3 * PAGE - lost.length].sort());
  });

  test('is paid for no more than once an item', () => {
    expect([...jobsByKey(rig, id).values()].every((jobs) => jobs.length === 1)).toBe(true);
  });
});
