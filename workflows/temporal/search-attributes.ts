/** Updates a workflow's search attributes, if it was started with them. */
import { defineSearchAttributeKey } from '@temporalio/common';
import { upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import { SEARCH_ATTRIBUTES } from '../domain/base/search-attributes';

const STATE = defineSearchAttributeKey(SEARCH_ATTRIBUTES.state, 'KEYWORD');
const CODE = defineSearchAttributeKey(SEARCH_ATTRIBUTES.code, 'KEYWORD');

/** Does nothing for a workflow that was started without them: its namespace may not define them. */
export function showState(state: string, code: string | null = null): void {
  const shown = workflowInfo().typedSearchAttributes.get(STATE);
  if (shown === undefined || shown === state) return;
  upsertSearchAttributes([{ key: STATE, value: state }, ...(code === null ? [] : [{ key: CODE, value: code }])]);
}
