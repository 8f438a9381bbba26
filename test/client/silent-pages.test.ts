/** Pages that do not answer in time: the counts of a status do not fall. */
import type { Client } from '@temporalio/client';
import { seePages } from '../../client/batches/page-status';
import { PageTallies } from '../../connection/page-tallies';
import { EMPTY_TALLY, NO_ITEMS, type Tally } from '../../workflows/domain/batch/tally';

const PART = 3;

function tally(running: number, succeeded: number): Tally {
  return { ...EMPTY_TALLY, counts: { ...NO_ITEMS, running, succeeded }, submissions: running + succeeded };
}

/** A client of a page that has ended, for which a worker answers what is given; `null`: it does not answer. */
function clientOf(answers: (Tally | null)[], runId: string): Client {
  const query = async () => {
    const answer = answers.shift() ?? null;
    if (answer === null) throw new Error('the answer is late');
    return answer;
  };
  const described = { status: { name: 'COMPLETED' }, runId, raw: { workflowExecutionInfo: { firstRunId: runId } } };
  return {
    workflow: { getHandle: () => ({ describe: async () => described, query }) },
    withDeadline: (_at: number, work: () => unknown) => work(),
  } as unknown as Client;
}

async function see(temporal: Client, pages: PageTallies, known: Tally): Promise<number | undefined> {
  const [page] = await seePages({ temporal, pages }, 'b', [{ part: PART, tally: known }], null);
  return page?.tally.counts.succeeded;
}

test('what a page has answered counts until its report or its next answer is fresher', async () => {
  const pages = new PageTallies();
  const client = clientOf([tally(2, 8), null, null, tally(1, 9)], 'run-1');
  expect(await see(client, pages, tally(5, 5))).toBe(8);
  expect(await see(client, pages, tally(5, 5))).toBe(8);
  expect(await see(client, pages, tally(0, 10))).toBe(10);
  expect(await see(client, pages, tally(5, 5))).toBe(9);
});

test('another run of a page has answered nothing yet', async () => {
  const pages = new PageTallies();
  await see(clientOf([tally(2, 8)], 'run-1'), pages, tally(5, 5));
  expect(await see(clientOf([null], 'run-2'), pages, tally(9, 1))).toBe(1);
});

test('the pages that were read last are remembered', () => {
  const pages = new PageTallies();
  for (let page = 0; page < 2_001; page += 1) pages.remember(`run-${page}`, tally(0, page));
  expect(pages.get('run-0')).toBeUndefined();
  expect(pages.get('run-1')?.counts.succeeded).toBe(1);
});
