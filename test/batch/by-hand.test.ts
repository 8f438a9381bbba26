/** Workflows that are started by hand, or by another SDK, with what they cannot work with: they end at once and say why. */
import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { TASK_QUEUE } from '../../workflows/messages';
import { type Rig, startRig } from '../support/rig';

let rig: Rig;

beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.close());

const HOUR = 3_600_000;
const BATCH = { parts: [1], rowsHash: 'a0', items: { deadlineMs: HOUR } };

async function catchFailure(type: string, workflowId: string, args: readonly unknown[]): Promise<ApplicationFailure> {
  const run = rig.client.temporal.workflow.execute(type, { workflowId, taskQueue: TASK_QUEUE, args: [...args] });
  const error: unknown = await run.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(WorkflowFailedError);
  const { cause } = error as WorkflowFailedError;
  expect(cause).toBeInstanceOf(ApplicationFailure);
  return cause as ApplicationFailure;
}

test.each<[string, string, string, readonly unknown[], readonly string[]]>([
  ['imagePipelineBatch', 'nothing', 'batch-nothing', [], ['the input is missing; must be an object']],
  [
    'imagePipelineBatch',
    'a name that is not known',
    'batch-names',
    [{ rowz: [{ prompt: 'a secret' }] }],
    ['rows is missing', 'rowz is not known; must be one of rows, '],
  ],
  [
    'imagePipelineBatch',
    'wrong rows, and misspelt limits',
    'batch-rows',
    [
      {
        rows: [{ prompt: 'a secret' }, { key: 'a', request: {} }, { key: 'A', request: 'a secret', operation: 'draw' }],
        budget: { submission: 5 },
        prices: { 'generate/imag': 1 },
      },
    ],
    [
      ...['rows[0].key is missing', 'rows[0].request is missing', 'rows[0].prompt is not known'],
      ...['rows[2].operation is "draw"', 'rows[2].request is a text'],
      ...['budget has "submission", which is not known', 'prices.generate/imag is no operation'],
    ],
  ],
  [
    'imagePipelineBatch',
    'items without a deadline',
    'batch-items',
    [{ ...BATCH, items: {} }],
    ['items.deadlineMs is missing'],
  ],
  [
    'imagePipelineBatch',
    'settings of other kinds',
    'batch-kinds',
    [{ ...BATCH, weight: 'two', prices: { 'generate/image': -1 }, deadlineMs: null, onTooManyFailures: 'stop' }],
    ['weight is "two"', 'prices.generate/image is -1', 'deadlineMs is null', 'onTooManyFailures is "stop"'],
  ],
  [
    'imagePipelineBatch',
    'an id that cannot name files',
    'batch by hand',
    [BATCH],
    ['the workflow id "batch by hand" cannot name'],
  ],
  [
    'imagePipelinePage',
    'an object without anything',
    'page-nothing',
    [{}],
    ['batchRun is missing', 'grant is missing'],
  ],
  [
    'imagePipelineAccount',
    'no account',
    'governor-nothing',
    [{ account: '' }],
    ['account is ""; must be 1 to 128 letters'],
  ],
  [
    'imagePipelineItem',
    'several faults',
    'image-faults',
    [{ operation: 'paint', deadlineMs: -1, account: 5 }],
    ['operation is "paint"', 'deadlineMs is -1', 'account is 5', 'request is missing'],
  ],
])('%s with %s', async (type, _name, workflowId, args, problems) => {
  const { message, type: code, nonRetryable } = await catchFailure(type, workflowId, args);
  expect({ code, nonRetryable }).toEqual({ code: 'INPUT_INVALID', nonRetryable: true });
  for (const problem of problems) expect(message).toContain(problem);
  expect(message).not.toContain('secret');
});

test('the status of such a batch tells it', async () => {
  await catchFailure('imagePipelineBatch', 'told', [{ ...BATCH, items: {} }]);
  expect(await rig.client.batch('told').status()).toMatchObject({
    state: 'failed',
    reason: 'INPUT_INVALID: items.deadlineMs is missing',
    counts: { total: 0 },
  });
});
