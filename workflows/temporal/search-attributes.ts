/** Updates a workflow's search attributes, if it was started with them. */
import { defineSearchAttributeKey, type SearchAttributePair } from '@temporalio/common';
import { upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import { FIRST_STATE, SEARCH_ATTRIBUTES } from '../domain/base/search-attributes';

const STATE = defineSearchAttributeKey(SEARCH_ATTRIBUTES.state, 'KEYWORD');
const CODE = defineSearchAttributeKey(SEARCH_ATTRIBUTES.code, 'KEYWORD');
const ACCOUNT = defineSearchAttributeKey(SEARCH_ATTRIBUTES.account, 'KEYWORD');

/** Does nothing for a workflow that was started without them: its namespace may not define them. */
export function showState(state: string, code: string | null = null): void {
  const shown = workflowInfo().typedSearchAttributes.get(STATE);
  if (shown === undefined || shown === state) return;
  upsertSearchAttributes([{ key: STATE, value: state }, ...(code === null ? [] : [{ key: CODE, value: code }])]);
}

/** The attributes with which a workflow starts a child that reports its own state; none if it was started without them. */
export function childAttributes(): { readonly typedSearchAttributes?: SearchAttributePair[] } {
  const account = workflowInfo().typedSearchAttributes.get(ACCOUNT);
  if (account === undefined) return {};
  return {
    typedSearchAttributes: [
      { key: STATE, value: FIRST_STATE },
      { key: ACCOUNT, value: account },
    ],
  };
}
