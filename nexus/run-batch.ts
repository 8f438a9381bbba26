/** The operation `runBatch`. */
import { createHash } from 'node:crypto';
import { BATCH_TYPE, OTHER_ROWS } from '../connection/workflow-kinds';
import { formatCount } from '../workflows/domain/base/format-count';
import { canonicalRow } from '../workflows/domain/item/canonical-row';
import { DEFAULT_ACCOUNT } from '../workflows/domain/leases/governor-protocol';
import { DEFAULT_OPERATION } from '../workflows/domain/operations/operations';
import type { BatchRowsInput } from '../workflows/messages';
import type { RunBatchInput } from '../workflows/nexus-service';
import { checkInput } from './check-input';
import type { WorkflowStart } from './start-or-attach';

/** @throws HandlerError `BAD_REQUEST` with every problem */
export function toBatchStart(given: RunBatchInput): WorkflowStart {
  checkInput('runBatch', given);
  const { id, account = DEFAULT_ACCOUNT, ...batch } = given;
  const input: BatchRowsInput = { ...batch, account };
  return {
    type: BATCH_TYPE,
    otherWork: OTHER_ROWS,
    workflowId: id,
    input,
    account,
    hash: hashRows(batch.rows),
    summary: formatCount(batch.rows.length, 'item'),
    again: false,
  };
}

/** Settings may change while a batch runs, so they are no part of what it is. */
function hashRows(rows: RunBatchInput['rows']): string {
  const hash = createHash('sha256');
  for (const row of rows) hash.update(`${canonicalRow({ operation: DEFAULT_OPERATION, ...row })}\n`);
  return hash.digest('hex');
}
