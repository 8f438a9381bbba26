/** How long one question is left to a worker, and for how long it is asked again. */
import { type Client, QueryNotRegisteredError } from '@temporalio/client';
import { NoServerError, WorkerMissingError } from '../../connection/errors';
import { askWorkflow } from '../../connection/query-workflow';
import { PREMATURE_QUERY } from '../../workflows/messages';

/** Temporal hands a question of a dead worker on after this time, with what came meanwhile. */
const HANDED_ON_MS = 10_000;
const ASKED = { workflowId: 'spring', taskQueue: 'images' };

/** gRPC's DEADLINE_EXCEEDED. */
const late = () => Object.assign(new Error('late'), { code: 4, details: '', metadata: {} });

/**
 * A client whose questions take no time, with the deadlines that they were given, in ms from when they were asked.
 *
 * @param pollers what the server says of the task queue
 */
function clientWith(deadlines: number[], pollers: () => Promise<unknown> = async () => ({})): Client {
  return {
    options: { namespace: 'default' },
    workflowService: { describeTaskQueue: pollers },
    withAbortSignal: (_signal: AbortSignal, work: () => unknown) => work(),
    withDeadline: (at: number, work: () => unknown) => {
      deadlines.push(at - Date.now());
      return work();
    },
  } as unknown as Client;
}

beforeEach(() => void jest.useFakeTimers({ doNotFake: ['setTimeout', 'clearTimeout', 'nextTick', 'queueMicrotask'] }));
afterEach(() => void jest.useRealTimers());

test('a question is given up and asked anew long before it would be handed on, until there is an answer', async () => {
  const deadlines: number[] = [];
  const question = async () => {
    if (deadlines.length === 4) return 'well';
    jest.setSystemTime(Date.now() + (deadlines.at(-1) ?? 0));
    throw late();
  };
  expect(await askWorkflow(clientWith(deadlines), ASKED, question)).toBe('well');
  expect(deadlines).toHaveLength(4);
  expect(Math.max(...deadlines)).toBeLessThan(HANDED_ON_MS);
  // Together they last until a worker that has died is known to be dead.
  expect(deadlines.reduce((sum, ms) => sum + ms)).toBeGreaterThan(HANDED_ON_MS);
});

test.each([
  { who: 'no worker', pollers: async () => ({ pollers: [] }), error: WorkerMissingError },
  { who: 'no server', pollers: () => Promise.reject(late()), error: NoServerError },
])('without any answer it ends, and says that $who answers', async ({ pollers, error }) => {
  const deadlines: number[] = [];
  const question = () => {
    jest.setSystemTime(Date.now() + (deadlines.at(-1) ?? 0));
    return Promise.reject(late());
  };
  const client = clientWith(deadlines, pollers);
  await expect(askWorkflow(client, ASKED, question)).rejects.toBeInstanceOf(error);
  // The last is for the server.
  expect(deadlines.slice(0, -1).reduce((sum, ms) => sum + ms)).toBe(25_000);
});

test('a try that the server cancels a moment before its deadline is asked anew, one that was aborted early is not', async () => {
  const cancelled = () => Object.assign(new Error('cancelled'), { code: 1, details: '', metadata: {} });
  const deadlines: number[] = [];
  const question = async () => {
    if (deadlines.length === 2) return 'well';
    jest.setSystemTime(Date.now() + (deadlines.at(-1) ?? 0) - 100);
    throw cancelled();
  };
  expect(await askWorkflow(clientWith(deadlines), ASKED, question)).toBe('well');
  const aborted: number[] = [];
  await expect(askWorkflow(clientWith(aborted), ASKED, () => Promise.reject(cancelled()))).rejects.toThrow();
  expect(aborted.length).toBeLessThanOrEqual(2);
});

test('what fails otherwise is not asked again', async () => {
  const deadlines: number[] = [];
  const refused = new Error('permission denied');
  await expect(askWorkflow(clientWith(deadlines), ASKED, () => Promise.reject(refused))).rejects.toBe(refused);
  expect(deadlines).toHaveLength(1);
});

test('what a worker refuses since it came before the turn of the workflow is asked again', async () => {
  const answers = [PREMATURE_QUERY, PREMATURE_QUERY];
  const question = async () => {
    const refusal = answers.pop();
    if (refusal !== undefined) throw new QueryNotRegisteredError(refusal, 3);
    return 'well';
  };
  expect(await askWorkflow(clientWith([]), ASKED, question)).toBe('well');
  expect(answers).toEqual([]);
});
