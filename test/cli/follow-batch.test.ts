/** Whoever follows a batch waits for a worker or a server that is away, as the batch does. */
import type { BatchHandle } from '../../client/batch-handle';
import type { BatchStatus } from '../../client/batch-status';
import { statusLines } from '../../client/cli/batch-words';
import type { CliContext } from '../../client/cli/context';
import { watchBatch } from '../../client/cli/follow-batch';
import { NoServerError } from '../../client/connection';
import { BatchNotFoundError, WorkerMissingError } from '../../client/errors';
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

test('while nobody answers that is said, and then it goes on', async () => {
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
  const shown = statusLines(status({ budget: null, counts, failures: { MODEL_ERROR: 100 }, reason: 'by request' }), {
    perSecond: null,
  });
  expect(shown.slice(1, 3)).toEqual(['by request', 'failed: 100 × MODEL_ERROR']);
});

test('no time left is told while items wait for a retry', () => {
  const at = (retrying: number) => {
    const counts = { ...status({}).counts, total: 10, waiting: 10 - retrying, succeeded: 0, retrying };
    return statusLines(status({ budget: null, state: 'running', counts }), { perSecond: 1 })[0];
  };
  expect(at(0)).toContain('1.0/s, 10 s to go');
  expect(at(3)).toMatch(/1\.0\/s$/);
});

test('anything else is no reason to wait', async () => {
  await expect(watched([new BatchNotFoundError('spring')]).last).rejects.toBeInstanceOf(BatchNotFoundError);
});
