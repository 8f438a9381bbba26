/** A batch is run again when its id is free, and never without anybody knowing that it was not. */
import { EventEmitter, once } from 'node:events';
import type { BatchStore, Manifest } from '../../activities/store';
import type { BatchHandle } from '../../client/batches/batch-handle';
import { RowSpool } from '../../client/batches/batch-manifest';
import type { BatchStatus } from '../../client/batches/batch-status';
import { refuseIfRunning } from '../../client/batches/refuse-if-running';
import { runAgain } from '../../client/batches/run-again';
import type { ImagePipelineClient } from '../../client/client';
import { BatchNotFoundError, BatchRefusedError } from '../../connection/errors';
import { EMPTY_TALLY } from '../../workflows/domain/batch/tally';
import { MANIFEST_FIELDS } from '../support/manifest-fields';

const MANIFEST: Manifest = {
  ...MANIFEST_FIELDS,
  batchId: 'spring',
  parts: [3],
  redrives: [],
  additions: [],
  rowsHashes: ['a0'],
};

function batchThat(state: BatchStatus['state'], closed: Promise<void> = Promise.resolve()) {
  const status = async () => ({ state }) as BatchStatus;
  return { id: 'spring', status, result: () => closed.then(status) };
}

test('a batch that says that it has ended is waited for until its workflow has', async () => {
  const ends = new EventEmitter();
  const closed = once(ends, 'closed').then(() => undefined);
  let isFree = false;
  const waiting = refuseIfRunning(batchThat('completed', closed)).then(() => {
    isFree = true;
  });
  await new Promise(setImmediate);
  expect(isFree).toBe(false);
  ends.emit('closed');
  await waiting;
});

test('a batch that runs is refused, and one that nobody knows is free', async () => {
  await expect(refuseIfRunning(batchThat('running'))).rejects.toBeInstanceOf(BatchRefusedError);
  const unknown = { ...batchThat('completed'), status: () => Promise.reject(new BatchNotFoundError('spring')) };
  await expect(refuseIfRunning(unknown)).resolves.toBeUndefined();
});

interface Around {
  readonly alreadyStarted?: boolean;
  /** What is in the store when the selection has been made. */
  readonly now?: Manifest;
  /** Whether its run was added to the manifest. */
  readonly isAdded?: boolean;
}

async function runOneAgain({ alreadyStarted = false, now = MANIFEST, isAdded = true }: Around) {
  const spool = new RowSpool();
  const writePart = jest.fn();
  const batches = { readManifest: async () => now, writePart, addRun: async () => isAdded } as unknown as BatchStore;
  const start = jest.fn(async (id: string) => ({ id, alreadyStarted }) as BatchHandle);
  const temporal = {
    options: { namespace: 'default' },
    workflowService: { getClusterInfo: async () => ({ clusterId: 'a-cluster' }) },
  };
  const client = { startPlanned: start, temporal, describeWorker: async () => null };
  await spool.add({ key: 'a', operation: 'generate/image', request: {} });
  const store = { batches, address: '/store', identity: async () => 'a-store' };
  const what = { spool, store, manifest: MANIFEST, base: EMPTY_TALLY, summary: '1 item' };
  const ran = runAgain(client as unknown as ImagePipelineClient, what).finally(() => spool.close());
  return { ran, writePart, start };
}

test.each([true, false])('if another has started it meanwhile (%s) that is said', async (alreadyStarted) => {
  const { ran } = await runOneAgain({ alreadyStarted });
  if (alreadyStarted) await expect(ran).rejects.toThrow('another process has just rerun it');
  else expect((await ran).alreadyStarted).toBe(false);
});

test('parts that another has added since the selection was made are not overwritten', async () => {
  const { ran, writePart } = await runOneAgain({ now: { ...MANIFEST, parts: [3, 1], redrives: [1] } });
  await expect(ran).rejects.toThrow('another process has just rerun it');
  expect(writePart).not.toHaveBeenCalled();
});

test('who finds another run added in the moment of adding his own is reported, and starts nothing', async () => {
  const { ran, start } = await runOneAgain({ isAdded: false });
  await expect(ran).rejects.toThrow('another process has just rerun it, or begun to delete it; nothing was started');
  expect(start).not.toHaveBeenCalled();
});
