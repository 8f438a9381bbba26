/** The operation `runItem`. */
import { ITEM_TYPE, OTHER_REQUEST } from '../connection/workflow-kinds';
import { hashItem } from '../input/requests/hash-request';
import { withoutMissing } from '../workflows/domain/base/without-missing';
import { toSuperseded } from '../workflows/domain/item/item-options';
import { DEFAULT_ACCOUNT } from '../workflows/domain/leases/governor-protocol';
import { DEFAULT_OPERATION } from '../workflows/domain/operations/operations';
import { type ItemInput, toItemMemo } from '../workflows/messages';
import type { RunItemInput } from '../workflows/nexus-service';
import { checkItem } from './check-input';
import type { WorkflowStart } from './start-or-attach';

/** @throws HandlerError `BAD_REQUEST` with every problem */
export function toItemStart(given: RunItemInput): WorkflowStart {
  checkItem(given);
  const { id, again = false, allowUnknown = false, ...work } = given;
  const { account = DEFAULT_ACCOUNT, operation = DEFAULT_OPERATION, request = {}, steps, keep } = work;
  const input: ItemInput = { ...withoutMissing(work), account, ...toSuperseded({ again, allowUnknown }) };
  const name = steps?.at(-1)?.operation ?? operation;
  return {
    type: ITEM_TYPE,
    otherWork: OTHER_REQUEST,
    workflowId: id,
    input,
    account,
    hash: hashItem({ operation, request, ...withoutMissing({ steps, keep }) }),
    summary: steps === undefined ? operation : steps.map((step) => step.id).join(' → '),
    memo: toItemMemo(name, steps),
    again,
  };
}
