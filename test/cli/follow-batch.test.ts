/** A command that follows a batch waits for a worker or a server that is away, as the batch does. */
import { computeTimeLeft, formatBatchStatus } from '../../cli/batch/batch-text';
import { watchBatch } from '../../cli/batch/follow-batch';
import type { CliContext } from '../../cli/context';
import { cutToWidth } from '../../cli/terminal/text-width';
import type { BatchHandle } from '../../client/batches/batch-handle';
import type { BatchStatus } from '../../client/batches/batch-status';
import { BatchNotFoundError, NoServerError, WorkerMissingError } from '../../connection/errors';
import { status } from '../chaos/sound-evidence';

function watched(answers: (BatchStatus | Error)[]) {
  let said = '';
  const stream = {
    write: (text: string) => {
      said += text;
      return true;
    },
  };
  const answer = async () => {
    const next = answers.shift() ?? new Error('nothing more is expected');
    if (next instanceof Error) throw next;
    return next;
  };
  const context = { env: {}, cwd: '/', stdout: stream, stderr: stream } as CliContext;
  const batch = { id: 'spring', status: answer } as BatchHandle;
  return { last: watchBatch(batch, context, new AbortController().signal), said: () => said };
}

test('while no worker answers that is printed, and then it continues', async () => {
  const gone = new NoServerError('127.0.0.1:7233', new Error('refused'));
  const ended = status({ budget: null });
  const { last, said } = watched([gone, new WorkerMissingError('spring'), gone, ended]);
  expect(await last).toEqual(ended);
  expect(said()).toMatch(
    /server at 127.0.0.1:7233 does not answer; waiting for it[\s\S]*no worker answers for "spring"/,
  );
});

test('failures and the reason stand on lines of their own, before counts and money', () => {
  const counts = { ...status({}).counts, total: 900, waiting: 800, failed: 100 };
  const formatStatus = formatBatchStatus(
    status({ budget: null, counts, failures: { MODEL_ERROR: 100 }, reason: 'by request' }),
    {
      perSecond: null,
    },
  );
  expect(formatStatus.slice(1, 3)).toEqual(['by request', 'failed: 100 × MODEL_ERROR']);
});

test('one is reported as one', () => {
  const shown = (changes: Partial<BatchStatus>) =>
    formatBatchStatus(status({ budget: null, ...changes }), { perSecond: null });
  expect(shown({ submissions: 1, charged: { credits: 1, usd: null }, possibleDuplicates: 1 })).toContain(
    '1 submission, 1 credit, 1 possible duplicate',
  );
  expect(shown({ submissions: 2, charged: { credits: 2.5, usd: null }, possibleDuplicates: 2 })).toContain(
    '2 submissions, 2.5 credits, 2 possible duplicates',
  );
});

describe('the time left', () => {
  const withItems = (waiting: number, retrying: number) =>
    status({
      budget: null,
      state: 'running',
      counts: { ...status({}).counts, total: 10, waiting, retrying, succeeded: 0 },
    });

  test('does not rise while items wait for a retry', () => {
    const before = computeTimeLeft(withItems(10, 0), 1, null);
    expect(before).toBe(10);
    expect(computeTimeLeft(withItems(5, 5), 0.1, before)).toBe(10);
    expect(computeTimeLeft(withItems(5, 5), null, before)).toBe(10);
    expect(computeTimeLeft(withItems(1, 3), 1, before)).toBe(4);
    expect(computeTimeLeft(withItems(10, 0), 0.1, before)).toBe(100);
  });

  test('is reported with the pace, and only for a batch that runs', () => {
    const formatLine = (status: BatchStatus, secondsLeft: number | null) =>
      formatBatchStatus(status, { perSecond: 1, secondsLeft })[0];
    expect(formatLine(withItems(10, 0), 10)).toContain('1.0/s · 10 s to go');
    expect(formatLine(withItems(7, 3), 10)).toContain('10 s to go');
    expect(formatLine(withItems(0, 3), 10)).toMatch(/1\.0\/s · waiting for retries$/);
    expect(computeTimeLeft({ ...withItems(10, 0), state: 'paused' }, 1, 10)).toBeNull();
  });
});

test.each([40, 60, 80, 200])('at %d columns the counts and the state are not cut', (columns) => {
  const counts = { ...status({}).counts, total: 12_000, waiting: 6_000, failed: 10, retrying: 0 };
  const batch = status({ budget: null, state: 'running', counts, failures: { MODEL_ERROR: 10 } });
  const lines = formatBatchStatus(batch, { perSecond: 1.5, secondsLeft: 4_000, columns }).map((line) =>
    cutToWidth(line, columns - 1),
  );
  expect(lines[0]).toMatch(/\d+\/12000 · running/);
  expect(lines[1]).toBe('failed: 10 × MODEL_ERROR');
  const reason = 'the account is held: PROVIDER_UNREACHABLE. connect ECONNREFUSED 10.0.0.7:443. Check the network.';
  const held = formatBatchStatus({ ...batch, reason }, { perSecond: null, columns }).slice(1, -3);
  expect(held.join(' ')).toBe(reason);
  for (const line of held) expect(cutToWidth(line, columns - 1)).toBe(line);
});

test('anything else is no reason to wait', async () => {
  await expect(watched([new BatchNotFoundError('spring')]).last).rejects.toBeInstanceOf(BatchNotFoundError);
});
